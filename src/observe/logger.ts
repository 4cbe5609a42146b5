// The only file that knows pino: JSON lines to standard error, as standard output may carry the protocol.
import { type DestinationStream, destination as openDestination, pino } from 'pino';
import type { LineFields, LineLevel } from './log-line.ts';

/** Takes finished lines; the tests read them from here. */
export type LineDestination = { readonly write: (line: string) => void };

/** Writes lines. */
export type Logger = {
  readonly isEnabled: (level: LineLevel) => boolean;
  readonly write: (level: LineLevel, fields: LineFields, message: string) => void;
  /** Hands over what waits for its batch. */
  readonly flush: () => void;
  /** Hands over what is still buffered; the logger must not be used afterwards. */
  readonly close: () => void;
};

/** Bytes of lines that may wait for a slow reader of standard error; what comes on top is lost, the server is not. */
const maxWaitingBytes = 4 * 1024 * 1024;

/** Lines are written together, since a write costs many times what a line costs; none waits longer than this. */
const batchCharacters = 32 * 1024;
const batchMs = 100;

/** A logger for lines of `level` and graver; standard error where no destination is given. */
export function createLogger(level: string, destination?: LineDestination): Logger {
  const standardError = destination === undefined ? openStandardError() : undefined;
  const stream: DestinationStream | undefined = destination ?? standardError;
  const log = pino(
    {
      level,
      base: null,
      timestamp: timestampWriter(),
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return {
    isEnabled: (asked) => log.isLevelEnabled(asked),
    write: (asked, fields, message) => log[asked](fields, message),
    flush: () => standardError?.handOver(),
    close: () => standardError?.close(),
  };
}

type StandardError = LineDestination & { readonly handOver: () => void; readonly close: () => void };

/** Puts lines together before the stream gets them: the stream counts the bytes of all that waits with every write. */
function openStandardError(): StandardError {
  let lines = '';
  let timer: NodeJS.Timeout | undefined;
  const handOver = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const batch = lines;
    lines = '';
    if (batch !== '') stream.write(batch);
  };
  // Before pino's own listener, which writes at the exit what the stream has by then.
  process.once('exit', handOver);
  const stream = openDestination({ dest: 2, sync: false, maxLength: maxWaitingBytes });
  return {
    write: (line) => {
      lines += line;
      if (lines.length >= batchCharacters) handOver();
      else timer ??= setTimeout(handOver, batchMs).unref();
    },
    handOver,
    close: () => {
      handOver();
      process.off('exit', handOver);
      stream.flushSync();
    },
  };
}

/** ISO 8601 in UTC; formatting a date costs more than the rest of a line, so that is done once a second. */
function timestampWriter(): () => string {
  let second = -1;
  let text = '';
  return () => {
    const nowMs = Date.now();
    if (Math.floor(nowMs / 1000) !== second) {
      second = Math.floor(nowMs / 1000);
      text = new Date(second * 1000).toISOString().slice(0, -'000Z'.length);
    }
    return `,"time":"${text}${String(nowMs - second * 1000).padStart(3, '0')}Z"`;
  };
}
