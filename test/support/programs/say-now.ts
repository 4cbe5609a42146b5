// Says a line so that it is out before the next step: a process that is killed has said all that it meant to have said.
import { writeSync } from 'node:fs';

const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes a line to standard output and waits until the reader's pipe has it, also where that is full (EAGAIN). In
 * `process.stdout` lines would wait in this process for a slow reader, and a kill would lose them.
 */
export function sayNow(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(never, 0, 0, 1);
    }
  }
}
