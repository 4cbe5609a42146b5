// Which processes count as runners of the demo, and when one of them is missed.
import { describe, expect, it } from 'vitest';
import { isWhole, type ReadProcess, runnersAbove } from '../../../src/demo/runner-watch.ts';

const processes: Record<number, { parent: number; command: string }> = {
  90: { parent: 80, command: '/clone/node_modules/.bin/../node/bin/node src/cli/main.ts demo' },
  80: { parent: 70, command: '/bin/sh /clone/node_modules/.bin/node src/cli/main.ts demo' },
  70: { parent: 60, command: 'sh -c node src/cli/main.ts demo' },
  60: { parent: 50, command: 'node /home/a/.npm/_npx/c8/node_modules/.bin/pnpm demo' },
  50: { parent: 40, command: "sh -c 'pnpm' demo" },
  40: { parent: 30, command: 'npm exec pnpm@10.34.9 demo' },
  30: { parent: 20, command: '-bash' },
  20: { parent: 1, command: 'sshd: analyst' },
};
const table =
  (changed: typeof processes = {}): ReadProcess =>
  (pid) =>
    ({ ...processes, ...changed })[pid];

describe('the runners of a demo', () => {
  it('are npx, pnpm and their shells, and never the shell of the user', () => {
    expect(runnersAbove(90, table())).toEqual([90, 80, 70, 60, 50, 40]);
  });

  it('are none where the program was started directly', () => {
    expect(runnersAbove(90, table({ 80: { parent: 30, command: 'bash start.sh' } }))).toEqual([90]);
  });

  it.each([
    [40, 50],
    [60, 70],
    [80, 90],
  ])('are missed when %i is killed, whose child %i then belongs to another', (_killed, orphan) => {
    const chain = runnersAbove(90, table());
    expect(isWhole(chain, table())).toBe(true);
    expect(isWhole(chain, table({ [orphan]: { parent: 1, command: 'orphan' } }))).toBe(false);
  });

  it("are not missed when the user's shell goes away", () => {
    const chain = runnersAbove(90, table());
    expect(isWhole(chain, table({ 40: { parent: 1, command: 'npm exec pnpm@10.34.9 demo' } }))).toBe(true);
  });
});
