// The long storm: 1,000 sign-ins and 10,000 refreshes on the file tree while the server is killed every few seconds, bounded
// in time. Run it by `node bench/oauth-kills.ts [sign-ins] [refreshes] [minutes]`; it ends with 1 where a session was lost.
import { newStateFolder } from '../test/support/oauth-process.ts';
import { runStorm } from '../test/support/oauth-storm.ts';

const [signIns = 1_000, refreshes = 10_000, minutes = 20] = process.argv.slice(2).map(Number);
const { folder, remove } = await newStateFolder();
const outcome = await runStorm({
  folder,
  signIns,
  refreshes,
  killEveryMs: [2_000, 5_000],
  workers: 16,
  deadlineMs: minutes * 60_000,
});
await remove();
const { signedIn, refreshed, kills, lost, again, elapsedMs } = outcome;
process.stdout.write(
  `${signedIn} sign-ins, ${refreshed} refreshes, ${kills} kills, ${again} requests sent again, ` +
    `${lost.length} sessions lost, ${Math.round(elapsedMs / 1000)} s\n`,
);
for (const problem of lost) process.stdout.write(`${problem}\n`);
process.exitCode = lost.length === 0 && signedIn === signIns ? 0 : 1;
