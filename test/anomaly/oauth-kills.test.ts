// A server that is killed without warning again and again loses no session; the long form of it is bench/oauth-kills.ts.
import { expect, it } from 'vitest';
import { newStateFolder } from '../support/oauth-process.ts';
import { runStorm } from '../support/oauth-storm.ts';

it('no session is lost over kills in the middle of sign-ins and refreshes', async () => {
  const { folder, remove } = await newStateFolder();
  const outcome = await runStorm({
    folder,
    signIns: 20,
    refreshes: 300,
    killEveryMs: [300, 1_200],
    workers: 8,
    deadlineMs: 240_000,
  });
  await remove();
  expect(outcome.lost).toEqual([]);
  expect(outcome).toMatchObject({ signedIn: 20, refreshed: 300 });
  expect(outcome.kills).toBeGreaterThan(1);
}, 300_000);
