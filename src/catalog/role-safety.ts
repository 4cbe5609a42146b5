// Proves that the role of the server cannot change data, before the first statement runs and again now and then.
import { CodedError } from '../base/errors.ts';
import type { ReadRows } from '../pg/read-rows.ts';
import { createSnapshotSource } from './snapshot.ts';

/** One thing that is wrong with a role (sql/analytics_ro_verify.sql). */
export type RoleProblem = {
  /** `unsafe`: the role could change data or gain rights; `advice`: a limit or habit is missing. */
  readonly severity: 'unsafe' | 'advice';
  readonly problem: string;
  /** The object that is concerned; empty where it is the role itself. */
  readonly place: string;
  /** SQL or a sentence that mends it. */
  readonly mend: string;
};

/** What is known of the role, kept for a while. */
export type RoleSafety = {
  /** What is wrong with the role, as last read. */
  readonly problems: (signal?: AbortSignal) => Promise<readonly RoleProblem[]>;
  /** Rejects with DB_ROLE_UNSAFE where a problem is `unsafe` and the operator does not insist. */
  readonly require: (signal?: AbortSignal) => Promise<void>;
};

export type RoleSafetyOptions = {
  readonly read: ReadRows;
  /** Text of sql/analytics_ro_verify.sql. */
  readonly verifyText: () => Promise<string>;
  /** True where the operator insists on the role that there is. */
  readonly allowUnsafe: boolean;
};

/** Reads nothing before the first question; a failed read is tried again at the next one. */
export function createRoleSafety({ read, verifyText, allowUnsafe }: RoleSafetyOptions): RoleSafety {
  const source = createSnapshotSource<readonly RoleProblem[]>({
    read: async () => (await read(await verifyText())).map(roleProblem),
    onRead: () => undefined,
    onFailed: () => undefined,
  });
  return {
    problems: (signal) => source.current(signal),
    require: async (signal) => {
      if (allowUnsafe) return;
      const unsafe = (await source.current(signal)).filter(({ severity }) => severity === 'unsafe');
      if (unsafe.length > 0) throw unsafeRole(unsafe);
    },
  };
}

function roleProblem(row: readonly (string | null)[]): RoleProblem {
  const [problem, severity, place, mend] = row;
  return {
    severity: severity === 'advice' ? 'advice' : 'unsafe',
    problem: problem ?? '',
    place: place ?? '',
    mend: mend ?? '',
  };
}

function unsafeRole(unsafe: readonly RoleProblem[]): CodedError {
  const logDetail = unsafe.map(({ problem, place }) => `${problem} ${place}`.trim()).join('; ');
  return new CodedError('DB_ROLE_UNSAFE', 'the role of this server could change data, so no query is run', {
    hint: 'The operator must connect as a read-only role: the command check names what is wrong, the command role prints the script that makes one.',
    logDetail,
  });
}
