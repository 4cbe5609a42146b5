// The command of the bench: puts everything up, measures, prints the report and clears everything away.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBenchDatabase } from './bench-database.ts';
import { startCallers } from './callers.ts';
import { startContestants } from './contestants.ts';
import { measureOwn } from './own-figures.ts';
import { installPeers } from './peers.ts';
import { type Plan, readPlan, usage } from './plan.ts';
import { usageOf } from './process.ts';
import { type Findings, report } from './report.ts';
import { runRounds } from './rounds.ts';
import { createWorkloads } from './workloads.ts';

const page = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
const marks = { begin: '<!-- figures: begin -->', end: '<!-- figures: end -->' };
const say = (line: string) => process.stderr.write(`${line}\n`);

/** What has been put up, to be taken down in reverse. */
type Ends = (() => Promise<void> | void)[];

async function measure(plan: Plan, ends: Ends): Promise<Findings> {
  const directory = mkdtempSync(join(tmpdir(), 'pg-analytics-mcp-bench-'));
  ends.push(() => rmSync(directory, { recursive: true, force: true }));
  if (plan.subjects.some((name) => name === 'dbhub' || name === 'toolbox')) await installPeers();
  say('starting Postgres');
  const database = await startBenchDatabase(plan.tableRows);
  ends.push(database.stop);
  const all = createWorkloads(plan.tableRows, database.bounds);
  const workloads = plan.workloads.map((name) => all[name]);
  const own = await measureOwn(plan, database);
  say(`starting ${plan.subjects.join(', ')}`);
  const field = await startContestants(plan, database, workloads, directory);
  ends.push(field.stop);
  const { contestants } = field;
  const callers = startCallers();
  ends.push(callers.stop);
  const slots = await runRounds(plan, contestants, workloads, callers, say);
  const loadedRssBytes = new Map(contestants.map((one) => [one, usageOf(one.pid).rssBytes]));
  return { plan, database, workloads, contestants, slots, own, loadedRssBytes };
}

async function takeDown(ends: Ends): Promise<void> {
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end();
}

function writePage(text: string): void {
  const old = readFileSync(page, 'utf8');
  const [begin, end] = [old.indexOf(marks.begin) + marks.begin.length, old.indexOf(marks.end)];
  writeFileSync(page, `${old.slice(0, begin)}\n\n${text}\n\n${old.slice(end)}`);
}

async function run(plan: Plan): Promise<void> {
  const ends: Ends = [];
  let leaving: Promise<void> | undefined;
  const interrupted = (signal: NodeJS.Signals) => {
    say(`${signal}: taking everything down`);
    leaving = takeDown(ends).finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const text = report(await measure(plan, ends));
    process.stdout.write(`${text}\n`);
    if (plan.write) writePage(text);
  } catch (error) {
    // What was under way fails as soon as its servers are gone, which is not what the caller should be told.
    if (leaving === undefined) throw error;
    await leaving;
  } finally {
    await takeDown(ends);
  }
}

const plan = readPlan(process.argv.slice(2));
if (plan === undefined) process.stdout.write(usage);
else await run(plan);
