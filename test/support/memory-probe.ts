// Run as a process of its own: asks for results far beyond the limits and prints how much memory that took at most.
import { openCore } from './core.ts';
import { ask } from './run.ts';

const [url = ''] = process.argv.slice(2);
const { core } = openCore(url, { limits: { statementTimeoutMs: 120_000 } });
const megabytes = () => process.memoryUsage.rss() / 1_048_576;

await ask(core, 'select 1');
await ask(core, { sql: 'select g from generate_series(1, 20000) g', maxRows: 10_000 });
const before = megabytes();
let most = before;
const timer = setInterval(() => {
  most = Math.max(most, megabytes());
}, 5);
const cuts: (string | undefined)[] = [];
for (const sql of [
  'select g, md5(g::text) from generate_series(1, 5000000) g',
  "select repeat('x', 1000) from generate_series(1, 1000000)",
  "select string_agg(a.filler, '') from big a, big b",
]) {
  cuts.push((await ask(core, { sql, maxRows: 10_000 })).data.truncated_by);
}
clearInterval(timer);
most = Math.max(most, megabytes());
await core.close();
console.log(
  JSON.stringify({ cuts, grewMegabytes: Math.round(most - before), mostMegabytes: Math.round(most) }),
);
