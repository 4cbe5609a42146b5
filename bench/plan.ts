// What one run of the bench does, read from its arguments; it knows neither servers nor statements.
import { parseArgs } from 'node:util';
import { type SubjectName, subjectNames } from './subjects/subject.ts';
import { type WorkloadName, workloadNames } from './workloads.ts';

/** One run. A slot is one subject under one workload with so many callers. */
export type Plan = {
  readonly callers: readonly number[];
  readonly slotMs: number;
  /** Rounds at the judged number of callers, and at the others. */
  readonly rounds: { readonly judged: number; readonly others: number };
  readonly subjects: readonly SubjectName[];
  readonly workloads: readonly WorkloadName[];
  readonly tableRows: number;
  /** Starts of our server that are timed; 0 leaves that part out. */
  readonly starts: number;
  /** Whether our server also reads a result of 1 GB. */
  readonly gigabyte: boolean;
  /** Runs our server from src instead of from a fresh build. */
  readonly fromSource: boolean;
  readonly write: boolean;
};

/** Most is promised, and most rounds are run, at this number of callers. */
export const judgedCallers = 8;

const sizes = {
  tiny: { callers: [8], slotMs: 200, judged: 1, others: 1, tableRows: 20_000, starts: 1, gigabyte: false },
  quick: {
    callers: [1, 8],
    slotMs: 500,
    judged: 3,
    others: 1,
    tableRows: 100_000,
    starts: 3,
    gigabyte: true,
  },
  usual: {
    callers: [1, 8, 32, 128],
    slotMs: 800,
    judged: 5,
    others: 2,
    tableRows: 100_000,
    starts: 5,
    gigabyte: true,
  },
  full: {
    callers: [1, 8, 32, 128],
    slotMs: 2_000,
    judged: 9,
    others: 4,
    tableRows: 100_000,
    starts: 9,
    gigabyte: true,
  },
} as const;

/** Told for `--help`. */
export const usage = `pnpm bench [--quick | --full] [--write] [--subjects a,b] [--workloads W1,W2] [--callers 1,8] [--slot MS] [--rounds N] [--from-source]

Measures pg-analytics-mcp beside a bare Fastify + pg endpoint, DBHub and MCP Toolbox, and prints ratios as Markdown.
About a quarter of an hour; --quick three minutes, --full forty. --write puts the result into docs/benchmarks.md.
subjects: ${subjectNames.join(', ')}
workloads: ${workloadNames.join(', ')}
`;

/** The plan, or undefined where help is wanted. Throws TypeError for an argument that it does not know. */
export function readPlan(argv: readonly string[]): Plan | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', default: false },
      tiny: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      'from-source': { type: 'boolean', default: false },
      'no-extras': { type: 'boolean', default: false },
      subjects: { type: 'string' },
      workloads: { type: 'string' },
      callers: { type: 'string' },
      slot: { type: 'string' },
      rounds: { type: 'string' },
    },
  });
  if (values.help) return undefined;
  const size = sizes[values.tiny ? 'tiny' : values.quick ? 'quick' : values.full ? 'full' : 'usual'];
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  return {
    callers: values.callers?.split(',').map(Number) ?? size.callers,
    slotMs: Number(values.slot ?? size.slotMs),
    rounds: { judged: rounds ?? size.judged, others: rounds ?? size.others },
    subjects: chosen(subjectNames, values.subjects),
    workloads: chosen(workloadNames, values.workloads),
    tableRows: size.tableRows,
    starts: values['no-extras'] ? 0 : size.starts,
    gigabyte: size.gigabyte && !values['no-extras'],
    fromSource: values['from-source'],
    write: values.write,
  };
}

function chosen<Name extends string>(known: readonly Name[], given: string | undefined): readonly Name[] {
  if (given === undefined) return known;
  const names = given.split(',');
  const unknown = names.find((name) => !known.some((one) => one === name));
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is not one of ${known.join(', ')}`);
  return known.filter((name) => names.includes(name));
}
