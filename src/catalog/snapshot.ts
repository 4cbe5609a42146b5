// Keeps one snapshot of something read from the database: read when first asked, read anew behind the caller's back
// when it has aged, kept when reading fails. It runs no timer, so nothing happens while nobody asks.
import { CodedError, toCodedError } from '../base/errors.ts';

/** Where a snapshot is had from. */
export type SnapshotSource<Snapshot> = {
  /** The snapshot, read first where there is none; throws what the read throws, or CANCELLED. */
  readonly current: (signal?: AbortSignal) => Promise<Snapshot>;
  /** A snapshot read no longer than a few seconds ago, for whoever misses something in the current one. */
  readonly renewed: (signal?: AbortSignal) => Promise<Snapshot>;
  /** As `current`, but waits for nothing where there is a snapshot, however old. */
  readonly latest: (signal?: AbortSignal) => Promise<Snapshot>;
  /** The snapshot as it is, without reading anything. */
  readonly peek: () => Snapshot | undefined;
  /** The snapshot where it is so young that `current` would give it as it is. */
  readonly fresh: () => Snapshot | undefined;
};

export type SnapshotOptions<Snapshot> = {
  readonly read: () => Promise<Snapshot>;
  readonly onRead: (snapshot: Snapshot, durationMs: number) => void;
  /** For the log: the reason may hold what Postgres or the driver said. */
  readonly onFailed: (reason: string) => void;
  /** What is served on when a later read has failed. */
  readonly afterFailure?: (snapshot: Snapshot, reason: string) => Snapshot;
  /** Milliseconds of a clock that nobody can set: ages must not shrink where the time of day is put back. */
  readonly now?: (() => number) | undefined;
};

/** A younger snapshot is given as it is. */
const freshMs = 60_000;
/** An older one is not given without trying to read anew first. */
const staleMs = 600_000;
/** Least time between two attempts, so that a database that is down is not asked at every call. */
const pauseMs = 5_000;

/** Makes the source; it reads nothing until asked. */
export function createSnapshotSource<Snapshot>(options: SnapshotOptions<Snapshot>): SnapshotSource<Snapshot> {
  const { now = () => performance.now(), afterFailure = (kept) => kept } = options;
  let snapshot: { readonly value: Snapshot; readonly readAtMs: number } | undefined;
  let reading: Promise<Snapshot> | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;

  const readAnew = async (): Promise<Snapshot> => {
    const startedAtMs = now();
    triedAtMs = startedAtMs;
    try {
      const value = await options.read();
      snapshot = { value, readAtMs: startedAtMs };
      options.onRead(value, now() - startedAtMs);
      return value;
    } catch (error) {
      const failure = toCodedError(error);
      const reason = `${failure.code}: ${failure.message}`;
      const { logDetail } = failure.facts;
      options.onFailed(logDetail === undefined ? reason : `${reason}: ${logDetail.split('\n', 1)[0]}`);
      if (snapshot === undefined) throw failure;
      snapshot = { ...snapshot, value: afterFailure(snapshot.value, reason) };
      return snapshot.value;
    } finally {
      reading = undefined;
    }
  };
  // One read serves every caller, so no caller's signal may stop it; the session's own limits end it.
  const shared = (): Promise<Snapshot> => {
    reading ??= readAnew();
    return reading;
  };
  const aged = async (waitFromMs: number, signal: AbortSignal | undefined): Promise<Snapshot> => {
    if (snapshot === undefined) return untilAborted(shared(), signal);
    const ageMs = now() - snapshot.readAtMs;
    if (ageMs < freshMs || now() - triedAtMs < pauseMs) return snapshot.value;
    if (ageMs >= waitFromMs) return untilAborted(shared(), signal);
    shared().catch(() => undefined);
    return snapshot.value;
  };

  return {
    peek: () => snapshot?.value,
    current: (signal) => aged(staleMs, signal),
    latest: (signal) => aged(Number.POSITIVE_INFINITY, signal),
    fresh: () => (snapshot !== undefined && now() - snapshot.readAtMs < freshMs ? snapshot.value : undefined),
    renewed: async (signal) => {
      if (snapshot !== undefined && now() - triedAtMs < pauseMs) return snapshot.value;
      return untilAborted(shared(), signal);
    },
  };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new CodedError('CANCELLED', 'the call was cancelled'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
