// The guard: says of one SQL text whether it is a read that the policy allows; it never touches a database.
//
// DESIGN. libpg-query alone may say yes. Short, shallow texts are parsed here, within bounds that a test proves safe,
// where their constants are soon told; all others in a worker thread that is killed at its deadline or at the first
// surprise, so that no text can block the event loop, end the process or leave a damaged parser behind. Where the operator asks for a second opinion, a second
// worker reads with another parser, which may only object. The same judge (judge.ts) runs in both places.

import { CodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import { offsetOfByte, placeAt } from '../base/sql-place.ts';
import { DisposableWorker, type WorkerOutcome } from './disposable-worker.ts';
import { fingerprintOf, fingerprintOfUnread, whenAsked } from './fingerprint.ts';
import {
  createJudge,
  isJudgement,
  type Judge,
  type Judgement,
  type NamedRelation,
  stepsInProcess,
} from './judge.ts';
import type { JudgeSetting } from './judge-worker.ts';
import { loadParser } from './parser.ts';
import { createPolicy, type Policy, type PolicyOptions } from './policy.ts';
import type { PolicyCatalog } from './policy-catalog.ts';
import { createRecentVerdicts } from './recent-verdicts.ts';
import type { Refusal } from './refusal.ts';
import { empty, type StatementKind } from './statement.ts';
import { maxInProcessBytes, maxInProcessDepth, measureText, type Readable } from './text-limits.ts';
import { asNode } from './tree.ts';

export type { NamedRelation, StatementKind };

/** The outcome for one text; a yes under the built-in catalog must be asked again under a live one before it runs. */
export type Verdict =
  | {
      readonly accepted: true;
      readonly statement: StatementKind;
      /** SHA-256 of the statement without literals, 16 hexadecimal digits. */
      readonly fingerprint: () => string;
      /** The greatest n of $n. */
      readonly placeholderCount: number;
      /** Relations as written, CTEs left out; 500 at most. */
      readonly relations: readonly NamedRelation[];
      /** False where the text means something else tomorrow, as with 'today'. */
      readonly isTimeless: boolean;
    }
  | {
      readonly accepted: false;
      /** A `GUARD_…` code, the place in the text and a hint. */
      readonly error: CodedError;
      readonly fingerprint: () => string;
      /** True where a name is only unknown to the built-in catalog, so that a live one may say otherwise. */
      readonly dependsOnCatalog: boolean;
    };

/** The guard; `check` never throws and never blocks the event loop for 20 ms. */
export type Guard = {
  /** The verdict of an earlier check under the same catalog, where it is still remembered. */
  readonly recall: (sql: string, catalog: PolicyCatalog) => Verdict | undefined;
  readonly check: (sql: string, catalog: PolicyCatalog) => Promise<Verdict>;
  /** Loads the parser ahead of the first check. */
  readonly warm: () => Promise<void>;
  /** Ends the workers; later checks of long texts are refused. */
  readonly close: () => Promise<void>;
};

export type GuardOptions = PolicyOptions & {
  /** Also ask pgsql-ast-parser, which may only refuse (MCP_GUARD_SECOND_OPINION). */
  readonly secondOpinion: boolean;
  /** Milliseconds the worker may take over one text. */
  readonly parseDeadlineMs?: number;
  readonly emit: Emit;
};

const defaultDeadlineMs = 2_000;
const opinionDeadlineMs = 250;
const maxWaiting = 64;
const idleMs = 60_000;

/** Creates a guard; no parser is loaded and no thread started before the first check. */
export function createGuard(options: GuardOptions): Guard {
  const onLoss = (reason: string) => options.emit({ kind: 'parser_restarted', reason });
  const deadlineMs = options.parseDeadlineMs ?? defaultDeadlineMs;
  const judgeWorker = newWorker('judge-worker', deadlineMs, onLoss);
  const opinionWorker = newWorker('opinion-worker', opinionDeadlineMs, onLoss);
  const settingOf = keepLast(
    (catalog: PolicyCatalog): JudgeSetting => ({
      catalog,
      options: { allowFunctions: options.allowFunctions, schemas: options.schemas },
    }),
  );
  const policyOf = keepLast((catalog: PolicyCatalog) => createPolicy(catalog, options));
  const recent = createRecentVerdicts<Verdict>(500, 4_000);
  const near = createNearJudge(policyOf, onLoss);

  function judge(sql: string, measure: Readable, catalog: PolicyCatalog): Judgement | Promise<Judgement> {
    const isSmall = measure.bytes <= maxInProcessBytes && measure.depth <= maxInProcessDepth;
    const judgement = isSmall ? near.judge(sql, catalog) : undefined;
    if (judgement !== undefined && (judgement.accepted || judgement.isSpent !== true)) return judgement;
    if (isSmall && !near.isLoaded()) return near.load().then(() => judge(sql, measure, catalog));
    const answered = judgeWorker.ask(sql, settingOf(catalog));
    return answered.then((outcome) => judgementOf(outcome, deadlineMs));
  }

  async function seconded(sql: string, verdict: Verdict): Promise<Verdict> {
    const objection = objectionOf(await opinionWorker.ask(sql, noSetting));
    return objection === undefined ? verdict : refused(sql, objection, verdict.fingerprint);
  }

  // Waits for nothing where the parser is loaded and the text small: each turn of the event loop costs as much as a rule.
  function decide(sql: string, catalog: PolicyCatalog): Verdict | Promise<Verdict> {
    const measure = measureText(sql);
    if (measure.refusal !== undefined)
      return refused(
        sql,
        measure.refusal,
        whenAsked(() => fingerprintOfUnread(sql)),
      );
    const fingerprint = whenAsked(() => fingerprintOf(sql));
    if (sql.trim() === '') return refused(sql, empty, fingerprint);
    const conclude = (judgement: Judgement): Verdict | Promise<Verdict> => {
      if (!judgement.accepted) return refused(sql, judgement.refusal, fingerprint);
      const verdict = { ...judgement, fingerprint };
      return options.secondOpinion ? seconded(sql, verdict) : verdict;
    };
    const judgement = judge(sql, measure, catalog);
    return judgement instanceof Promise ? judgement.then(conclude) : conclude(judgement);
  }

  return {
    recall: (sql, catalog) => recent.find(sql, catalog),
    check: async (sql, catalog) => {
      const known = recent.find(sql, catalog);
      if (known !== undefined) return known;
      const decided = decide(sql, catalog);
      const verdict = decided instanceof Promise ? await decided : decided;
      if (verdict.accepted || verdict.error.code !== 'GUARD_DEADLINE') recent.keep(sql, catalog, verdict);
      return verdict;
    },
    warm: near.load,
    close: async () => {
      await Promise.all([judgeWorker.close(), opinionWorker.close()]);
    },
  };
}

/** Judges in this process what is small enough for it. */
type NearJudge = {
  /** Undefined before the parser is loaded, and from its first surprise on. */
  readonly judge: (sql: string, catalog: PolicyCatalog) => Judgement | undefined;
  readonly isLoaded: () => boolean;
  /** Loads the parser, once; never rejects. */
  readonly load: () => Promise<void>;
};

function createNearJudge(
  policyOf: (catalog: PolicyCatalog) => Policy,
  onLoss: (reason: string) => void,
): NearJudge {
  let state: 'unloaded' | 'sound' | 'lost' = 'unloaded';
  let judgeOf: ((catalog: PolicyCatalog) => Judge) | undefined;
  let loading: Promise<void> | undefined;
  // Never seen within the bounds; should it happen, this instance of the parser is not used again.
  const lose = (error: unknown): void => {
    state = 'lost';
    judgeOf = undefined;
    onLoss(error instanceof Error ? error.message : String(error));
  };
  const load = async (): Promise<void> => {
    const parse = await loadParser();
    judgeOf = keepLast((catalog) => createJudge(parse, policyOf(catalog), stepsInProcess));
    state = 'sound';
  };
  return {
    judge: (sql, catalog) => {
      try {
        return judgeOf?.(catalog)(sql);
      } catch (error) {
        lose(error);
        return undefined;
      }
    },
    isLoaded: () => state !== 'unloaded',
    load: () => (loading ??= load().catch(lose)),
  };
}

const noSetting = {};

function newWorker(
  entry: 'judge-worker' | 'opinion-worker',
  deadlineMs: number,
  onLoss: (reason: string) => void,
): DisposableWorker {
  return new DisposableWorker({ entry, deadlineMs, maxWaiting, idleMs, onLoss });
}

/** Remembers the result for the argument that came last: catalogs change seldom. */
function keepLast<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  let last: { key: Key; value: Value } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}

function judgementOf(outcome: WorkerOutcome, deadlineMs: number): Judgement {
  if (outcome.kind === 'answer' && isJudgement(outcome.answer)) return outcome.answer;
  return { accepted: false, refusal: outcome.kind === 'died' ? tooDeep : tooSlow(outcome.kind, deadlineMs) };
}

const tooDeep: Refusal = {
  code: 'GUARD_TOO_DEEP',
  message: 'the statement is nested deeper than the parser can read',
  hint: 'Replace long chains of operators or UNIONs by IN lists, VALUES or arrays.',
};

function tooSlow(kind: WorkerOutcome['kind'], deadlineMs: number): Refusal {
  const message =
    kind === 'late'
      ? `the statement took more than ${deadlineMs} ms to read`
      : 'too many long statements are being read';
  const hint =
    kind === 'late' ? 'Simplify the statement.' : 'Try again in a second, or shorten the statement.';
  return { code: 'GUARD_DEADLINE', message, hint };
}

function objectionOf(outcome: WorkerOutcome): Refusal | undefined {
  const objection = outcome.kind === 'answer' ? asNode(outcome.answer)?.['objection'] : undefined;
  if (typeof objection !== 'string') return undefined;
  return {
    code: 'GUARD_SECOND_OPINION',
    message: `the second parser reads the text as ${objection}`,
    hint: 'Rewrite the statement more plainly, without comments around quotes.',
  };
}

function refused(sql: string, refusal: Refusal, fingerprint: () => string): Verdict {
  const { code, message, hint, byteOffset } = refusal;
  const place = byteOffset === undefined ? undefined : placeAt(sql, offsetOfByte(sql, byteOffset));
  const error = new CodedError(code, message, { hint, place });
  return { accepted: false, error, fingerprint, dependsOnCatalog: refusal.dependsOnCatalog === true };
}
