// Runs one function hot before and after the program's start is over, and says whether V8 has optimised it; it needs
// --allow-natives-syntax.
import { setTimeout as sleep } from 'node:timers/promises';
import { spareMemory, spendMemory } from '../../../src/cli/memory-at-start.ts';

/** Bit of %GetOptimizationStatus (V8, src/runtime/runtime.h, OptimizationStatus). */
const optimised = 1 << 4;
const statusOf = new Function('one', 'return %GetOptimizationStatus(one)') as (one: object) => number;

async function isOptimised(one: (at: number) => number, deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs;
  while (performance.now() < end) {
    for (let at = 0; at < 100_000; at++) one(at);
    if ((statusOf(one) & optimised) !== 0) return true;
    await sleep(5);
  }
  return false;
}

const hot = (at: number): number => (at * 31 + 7) % 1_000;

spareMemory();
const early = await isOptimised(hot, 300);
spendMemory();
process.stdout.write(JSON.stringify({ early, late: await isOptimised(hot, 10_000) }));
