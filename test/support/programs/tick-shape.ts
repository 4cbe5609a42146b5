// Makes a tick before and after a garbage collection, with or without what the program's start holds of it; it needs
// --expose-gc.
import { setTimeout as sleep } from 'node:timers/promises';
import { keepTickShape } from '../../../src/cli/memory-at-start.ts';

const collectGarbage = globalThis.gc;
if (process.argv[2] === 'kept') keepTickShape();
for (let round = 0; round < 3; round++) {
  await new Promise<void>((resolve) => process.nextTick(resolve));
  await sleep(1);
  collectGarbage?.();
}
