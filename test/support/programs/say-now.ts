// Says a line so that it is out before the next step: a process that is killed has said all that it meant to have said.
import { writeSync } from 'node:fs';

/**
 * Writes a line to standard output and waits until the reader's pipe has it. `process.stdout` keeps lines in this process
 * where the reader is slow (libuv sets its pipe to non-blocking), and a kill would lose them.
 */
export function sayNow(line: string): void {
  writeSync(1, `${line}\n`);
}
