// The worst texts there are: none blocks the event loop, ends the process or outlives its deadline.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProductEvent } from '../../src/base/events.ts';
import { builtInCatalog } from '../../src/guard/builtin-catalog.ts';
import type { Guard, Verdict } from '../../src/guard/guard.ts';
import { defaultGuard } from '../support/default-guard.ts';
import { nestingForms } from '../support/nesting-forms.ts';

const catalog = builtInCatalog();
const open: Guard[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((guard) => guard.close()));
});

function guardWith(parseDeadlineMs?: number): { guard: Guard; events: ProductEvent[] } {
  const events: ProductEvent[] = [];
  const guard = defaultGuard({
    emit: (event) => events.push(event),
    ...(parseDeadlineMs === undefined ? {} : { parseDeadlineMs }),
  });
  open.push(guard);
  return { guard, events };
}

const outcome = (verdict: Verdict) => (verdict.accepted ? 'accepted' : verdict.error.code);

const worst = [
  ...Object.values(nestingForms).flatMap((form) => [form(1_200, 60), form(20_000, 390), form(99_000, 390)]),
  `SELECT ${'a,'.repeat(49_000)}1`,
  `SELECT a IN (${'1,'.repeat(49_000)}1)`,
  `SELECT ${"'x'||".repeat(19_000)}'x'`,
  `SELECT ${'+'.repeat(99_000)}1`,
  `SELECT '${"''".repeat(49_000)}'`,
  `${'/*'.repeat(49_000)}`,
  `SELECT ${'"a".'.repeat(24_000)}b`,
  `SELECT ${'$a$'.repeat(33_000)}`,
  `SELECT 1 FROM ${'a,'.repeat(49_000)}b`,
  `${'SELECT 1;'.repeat(11_000)}`,
  `SELECT ${'repeat('.repeat(390)}'x'${',9)'.repeat(390)}`,
  `SELECT ${'pg_slepp(1),'.repeat(8_000)}1`,
  'x'.repeat(5_000_000),
];

describe('the worst texts of 100 kB', () => {
  it('are all judged, and none takes this thread long', async () => {
    const { guard } = guardWith();
    await guard.check('SELECT 1', catalog);
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    let mostMs = 0;
    const threadMs = async (sql: string) => {
      const before = process.threadCpuUsage();
      await guard.check(sql, catalog);
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1_000;
    };
    for (const sql of worst) {
      let leastMs = await threadMs(sql);
      // A busy machine slows a text now and then; one that is slow is so each time.
      for (let again = 1; again <= 3 && leastMs > 10; again++)
        leastMs = Math.min(leastMs, await threadMs(sql + ' '.repeat(again)));
      mostMs = Math.max(mostMs, leastMs);
    }
    delay.disable();
    const longestMs = delay.max / 1e6 - 10;
    console.log(
      `${worst.length} worst texts: at most ${mostMs.toFixed(1)} ms of this thread each, longest turn of the event loop ${longestMs.toFixed(1)} ms`,
    );
    // A turn of the loop cannot be longer than the work this thread did for a text; waiting for a busy machine can.
    expect(mostMs).toBeLessThan(50);
    expect(outcome(await guard.check('SELECT 1', catalog))).toBe('accepted');
    expect(outcome(await guard.check('SELECT pg_sleep(1)', catalog))).toBe('GUARD_FUNCTION');
  }, 120_000);

  it('leave long reads readable: the next one is accepted', async () => {
    const { guard } = guardWith();
    const long = `SELECT * FROM t WHERE id IN (${Array.from({ length: 2_000 }, (_, n) => n).join(',')})`;
    for (const form of Object.values(nestingForms)) await guard.check(form(60_000, 390), catalog);
    expect(outcome(await guard.check(long, catalog))).toBe('accepted');
  }, 120_000);
});

describe('a text that takes too long', () => {
  const slow = `SELECT ${'a,'.repeat(49_000)}1`;

  it('is refused at its deadline, and the ones behind it are still judged', async () => {
    const { guard, events } = guardWith(5);
    const verdicts = await Promise.all([
      guard.check(slow, catalog),
      guard.check(`SELECT pg_sleep(1) ${' '.repeat(2_000)}`, catalog),
      guard.check('SELECT 1', catalog),
    ]);
    const [late, behind, small] = verdicts.map(outcome);
    expect(late).toBe('GUARD_DEADLINE');
    expect(['GUARD_FUNCTION', 'GUARD_DEADLINE']).toContain(behind);
    expect(small).toBe('accepted');
    expect(events).toContainEqual({ kind: 'parser_restarted', reason: 'no answer within 5 ms' });
    const [first] = verdicts;
    if (first?.accepted === false) {
      expect(first.error.message).toBe('the statement took more than 5 ms to read');
    }
  });

  it('does not fill the memory with others that wait: beyond 64 they are refused at once', async () => {
    const { guard } = guardWith();
    const many = Array.from({ length: 80 }, (_, n) => `SELECT ${'a,'.repeat(1_000)}${n}`);
    const outcomes = await Promise.all(many.map(async (sql) => outcome(await guard.check(sql, catalog))));
    expect(outcomes.filter((each) => each === 'accepted').length).toBeGreaterThanOrEqual(64);
    expect(outcomes.filter((each) => each === 'GUARD_DEADLINE').length).toBeGreaterThan(0);
  });
});

describe('a parser that breaks', () => {
  it('is replaced, and the text that broke it is refused as too deep', async () => {
    const { guard, events } = guardWith();
    const breaking = `SELECT ${'1+'.repeat(45_000)}1`;
    for (let round = 0; round < 3; round++) {
      expect(outcome(await guard.check(breaking, catalog))).toBe('GUARD_TOO_DEEP');
    }
    expect(events.filter((event) => event.kind === 'parser_restarted')).toHaveLength(3);
    expect(outcome(await guard.check(`SELECT 1 ${' '.repeat(2_000)}`, catalog))).toBe('accepted');
  });
});

describe('a guard that is closed', () => {
  it('refuses long texts and answers the ones that waited', async () => {
    const { guard } = guardWith();
    const waiting = guard.check(`SELECT ${'a,'.repeat(20_000)}1`, catalog);
    await guard.close();
    expect(outcome(await waiting)).toBe('GUARD_DEADLINE');
    expect(outcome(await guard.check(`SELECT 1 ${' '.repeat(2_000)}`, catalog))).toBe('GUARD_DEADLINE');
  });
});
