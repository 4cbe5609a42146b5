// The worker that holds the SQLite file, so that its waits for the disk never stop the server. It answers in the order of the questions.
import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { CodedError } from '../../base/errors.ts';
import { diskFailureText } from '../disk-failure.ts';
import type { RecordFile, SqliteCalls } from './record-file.ts';

/** A question to the worker. */
export type SqliteQuestion = {
  readonly id: number;
  readonly call: keyof SqliteCalls | 'close';
  readonly words: readonly unknown[];
};

/** Its answer, or why there is none: words for the caller where they are known, SQLite's own for the log. */
export type SqliteAnswer = {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: { readonly message: string | undefined; readonly logDetail: string };
};

/** Messages by SQLite's primary result code (manual, "Result and Error Codes"). */
const failureTexts: Readonly<Record<number, string>> = {
  5: 'another process keeps the file of the store busy',
  8: 'the file of the store is read-only',
  10: 'the disk of the store failed',
  11: 'the file of the store is damaged',
  13: 'the disk of the store is full',
  14: 'the file of the store cannot be opened',
  26: 'the file of the store is no SQLite file',
};

const port = parentPort;
if (port !== null) {
  // Node 22 calls node:sqlite experimental on standard error; what we use of it is the same in all versions.
  process.removeAllListeners('warning');
  const { openRecordFile, unusableFile } = await import('./record-file.ts');
  const { path } = workerData as { readonly path: string };
  let file: RecordFile | undefined;
  let wasOpen = false;
  const insistOnFile = (): RecordFile => {
    // A file that vanished is not made anew: it may be on a disk that is not there at the moment.
    if (file === undefined && wasOpen && !existsSync(path))
      throw unusableFile('the file of the store is gone');
    file ??= openRecordFile(path);
    wasOpen = true;
    return file;
  };
  const answer = ({ call, words }: SqliteQuestion): unknown => {
    if (call === 'close') return file?.close();
    const run = insistOnFile()[call] as (...given: readonly unknown[]) => unknown;
    return run(...words);
  };
  const forgetFile = () => {
    try {
      file?.close();
    } finally {
      file = undefined;
    }
  };
  port.on('message', (question: SqliteQuestion) => {
    try {
      port.postMessage({ id: question.id, value: answer(question) } satisfies SqliteAnswer);
    } catch (error) {
      const isUnusable = error instanceof CodedError;
      if (isUnusable) forgetFile();
      const resultCode = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
      const logDetail = error instanceof Error ? error.message : String(error);
      const message = isUnusable ? logDetail : (failureTexts[resultCode] ?? diskFailureText(error));
      port.postMessage({ id: question.id, failure: { message, logDetail } } satisfies SqliteAnswer);
    }
  });
}
