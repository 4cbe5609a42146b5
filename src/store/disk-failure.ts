// What a failed system call on the disk of a store means, in words for whoever called the store.
import { CodedError } from '../base/errors.ts';

/** The code of a failed system call, such as ENOENT. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

const failureTexts: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk of the store is full',
  EDQUOT: 'the disk quota of the store is used up',
  EROFS: 'the disk of the store is read-only',
  EACCES: 'the folder of the store may not be used by this account',
  EPERM: 'the folder of the store may not be used by this account',
  EMFILE: 'the server has too many open files',
  ENFILE: 'the machine has too many open files',
};

/** What a failed step means to whoever called the store; the path and the system's words are for the log. */
export function diskFailure(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const message = diskFailureText(error) ?? 'the disk of the store failed';
  const logDetail = error instanceof Error ? error.message : String(error);
  return new CodedError('STATE_UNAVAILABLE', message, { cause: error, logDetail });
}

/** The same in words only; undefined where the system's code says nothing of its own. */
export function diskFailureText(error: unknown): string | undefined {
  return failureTexts[systemCode(error) ?? ''];
}
