// Proves that the role of the server cannot change data, before the first statement runs and again now and then.
import { CodedError } from '../base/errors.ts';
import type { ReadRows } from '../pg/read-rows.ts';
import { createSnapshotSource, type SnapshotSource } from './snapshot.ts';

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
  /** The same by what was read last, however long ago, so that nobody waits in a queue for it. */
  readonly requireLatest: (signal?: AbortSignal) => Promise<void>;
  /** True where `require` would pass without reading anything. */
  readonly isProved: () => boolean;
};

export type RoleSafetyOptions = {
  readonly read: ReadRows;
  /** Text of sql/analytics_ro_verify.sql. */
  readonly verifyText: () => Promise<string>;
  /** True where the operator insists on the role that there is. */
  readonly allowUnsafe: boolean;
  /** For the log: told at each read what makes the role unsafe, where the operator does not insist. */
  readonly onUnsafe: (detail: string) => void;
  /** For the log: why the role could not be looked at. */
  readonly onFailed: (reason: string) => void;
};

/** Reads nothing before the first question; a failed read is tried again at the next one. */
export function createRoleSafety(options: RoleSafetyOptions): RoleSafety {
  const { read, verifyText, allowUnsafe, onUnsafe, onFailed } = options;
  const source = createSnapshotSource<readonly RoleProblem[]>({
    read: async () => (await read(await verifyText())).map(roleProblem),
    onRead: (problems) => {
      const unsafe = unsafeOnes(problems);
      if (unsafe.length > 0 && !allowUnsafe) onUnsafe(detailOf(unsafe));
    },
    onFailed,
  });
  const requireSafe = async (ask: typeof source.current, signal: AbortSignal | undefined) => {
    if (allowUnsafe) return;
    const unsafe = unsafeOnes(await ask(signal));
    if (unsafe.length > 0) throw unsafeRole(unsafe);
  };
  return {
    problems: (signal) => source.current(signal),
    isProved: () => {
      const problems = source.fresh();
      return allowUnsafe || (problems !== undefined && unsafeOnes(problems).length === 0);
    },
    require: (signal) => requireSafe(source.current, signal),
    requireLatest: (signal) => requireSafe(source.latest, signal),
  };
}

/** The source for analysts: where the role is unsafe it gives nothing, as no query is run either. */
export function behindSafeRole<Snapshot>(
  source: SnapshotSource<Snapshot>,
  role: Pick<RoleSafety, 'require' | 'isProved'>,
): SnapshotSource<Snapshot> {
  const safely =
    (ask: (signal?: AbortSignal) => Promise<Snapshot>) =>
    async (signal?: AbortSignal): Promise<Snapshot> => {
      await role.require(signal);
      return ask(signal);
    };
  return {
    current: safely(source.current),
    renewed: safely(source.renewed),
    latest: safely(source.latest),
    peek: source.peek,
    fresh: () => (role.isProved() ? source.fresh() : undefined),
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

function unsafeOnes(problems: readonly RoleProblem[]): readonly RoleProblem[] {
  return problems.filter(({ severity }) => severity === 'unsafe');
}

/** A superuser has a problem with every object; the command check lists them all. */
const mostNamed = 5;

function detailOf(unsafe: readonly RoleProblem[]): string {
  const named = unsafe.slice(0, mostNamed).map(({ problem, place }) => `${problem} ${place}`.trim());
  const left = unsafe.length - named.length;
  return [...named, ...(left > 0 ? [`${left} more`] : [])].join('; ');
}

function unsafeRole(unsafe: readonly RoleProblem[]): CodedError {
  return new CodedError(
    'DB_ROLE_UNSAFE',
    'the role of this server could change data, so nothing is read with it',
    {
      hint: 'The operator must connect as a read-only role: the command check names what is wrong, the command role prints the script that makes one.',
      logDetail: detailOf(unsafe),
    },
  );
}
