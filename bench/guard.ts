// Measures what the guard adds to the bare parse of Postgres' grammar, query by query and in turns, so that a busy machine
// slows both alike. It needs no database, and leaves out what the guard refuses or must not parse in this process.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { builtInCatalog } from '../src/guard/builtin-catalog.ts';
import { createGuard } from '../src/guard/guard.ts';
import { loadParser } from '../src/guard/parser.ts';
import { maxInProcessBytes } from '../src/guard/text-limits.ts';

const usage = `Usage: node bench/guard.ts [--rounds N] [FILE …]

Each FILE holds queries: .jsonl one a line as {"sql": "…"}, any other one query as it is. Without a FILE, the project's own
reads (test/corpora/guard/accepted.jsonl). N is 400 unless given.
`;
const ownReads = fileURLToPath(new URL('../test/corpora/guard/accepted.jsonl', import.meta.url));
/** Bits that make the text of each round another one. */
const roundBits = 20;

/** Microseconds of one query, a value a round. */
type Timing = { readonly sql: string; readonly parse: number[]; readonly check: number[] };

function queriesOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  if (!file.endsWith('.jsonl')) return [text];
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { readonly sql: string }).sql);
}

/** The query as the guard has not seen it yet: blanks behind it tell the round. One piece in memory, as from the wire. */
function unseen(sql: string, round: number): string {
  const blanks = round.toString(2).padStart(roundBits, '0').replaceAll('0', ' ').replaceAll('1', '\n');
  return Buffer.from(sql + blanks).toString();
}

async function measure(queries: readonly string[], rounds: number): Promise<readonly Timing[]> {
  const parse = await loadParser();
  const guard = createGuard({
    allowFunctions: [],
    schemas: undefined,
    secondOpinion: false,
    emit: () => undefined,
  });
  const catalog = builtInCatalog();
  const timings: Timing[] = [];
  for (const sql of queries) {
    if (Buffer.byteLength(sql) + roundBits > maxInProcessBytes) continue;
    if ((await guard.check(sql, catalog)).accepted) timings.push({ sql, parse: [], check: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const timing of timings) {
      const text = unseen(timing.sql, round);
      const startedAt = performance.now();
      parse(text);
      const parsedAt = performance.now();
      await guard.check(text, catalog);
      timing.check.push((performance.now() - parsedAt) * 1_000);
      timing.parse.push((parsedAt - startedAt) * 1_000);
    }
  }
  await guard.close();
  return timings;
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function row(file: string, found: number, timings: readonly Timing[]): string {
  const least = timings.map(({ parse, check }) => ({ parse: Math.min(...parse), check: Math.min(...check) }));
  const figures = [
    middle(timings.map(({ sql }) => Buffer.byteLength(sql))).toFixed(0),
    middle(least.map(({ parse }) => parse)).toFixed(0),
    middle(least.map(({ check }) => check)).toFixed(0),
    middle(least.map(({ parse, check }) => check / parse)).toFixed(2),
    middle(timings.map(({ parse }) => middle(parse))).toFixed(0),
    middle(timings.map(({ check }) => middle(check))).toFixed(0),
  ];
  return `| ${basename(file)} | ${timings.length} of ${found} | ${figures.join(' | ')} |`;
}

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string' }, help: { type: 'boolean' } },
  allowPositionals: true,
});
if (values.help === true) process.stdout.write(usage);
else {
  const lines = [
    '| queries | measured | bytes | parse, least µs | check, least µs | check / parse | parse, median µs | check, median µs |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const file of positionals.length > 0 ? positionals : [ownReads]) {
    const queries = queriesOf(file);
    lines.push(row(file, queries.length, await measure(queries, Number(values.rounds ?? 400))));
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}
