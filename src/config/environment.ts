// The only file that reads process.env and the operator's files; what they mean is decided elsewhere.
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';

/** Where options come from: the world outside, as data and one function. */
export type Surroundings = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file; throws what node:fs throws. */
  readonly readFile: (path: string) => string;
  /** True where others than the owner may read the file (libpq refuses such keys and password files). */
  readonly isOpenToOthers: (path: string) => boolean;
  readonly homeDirectory: string;
};

/** The surroundings of this process. */
export function processSurroundings(): Surroundings {
  return {
    env: process.env,
    readFile: (path) => readFileSync(path, 'utf8'),
    isOpenToOthers: (path) => (statSync(path).mode & 0o077) !== 0,
    homeDirectory: homedir(),
  };
}
