// The statements that are measured, W1 to W6; what they cost is set once per run, so that every machine is asked the same.
import type { Client } from 'pg';

/** One statement as a client asks it. `parameters` are used where the server takes them, else `literal` is sent. */
export type Question = {
  readonly sql: string;
  readonly parameters?: readonly string[];
  readonly literal: string;
  readonly rows: number;
};

export const workloadNames = ['W1', 'W2', 'W6', 'W3', 'W4', 'W5'] as const;
export type WorkloadName = (typeof workloadNames)[number];

/** A workload: questions to pick from, and slow ones that stand in place of one call in `slowEvery`. */
export type Workload = {
  readonly name: WorkloadName;
  readonly about: string;
  readonly questions: readonly Question[];
  readonly slow: readonly Question[];
  /** 0: never. */
  readonly slowEvery: number;
  /** Slots last so many times longer than usual. */
  readonly slotFactor: number;
};

/** Enough for 128 callers to hold distinct ones at any time. */
const distinctQuestions = 1_024;
const slowQuestions = 128;
const columns =
  'id, odometer_m, cost, driver, started_at, day, finished, speed_kmh, vehicle, detail, label, remark';

const plain = (sql: string, rows: number): Question => ({ sql, literal: sql, rows });

/** Bounds for statements that are to take a given time on this machine. */
export type Bounds = { readonly aggregateRows: number; readonly slowFactor: number };

/** Every workload by its name, over a table of `tableRows` rows. */
export function createWorkloads(tableRows: number, bounds: Bounds): Readonly<Record<WorkloadName, Workload>> {
  const points = pointSelects(tableRows);
  const steady = (name: WorkloadName, about: string, question: Question): Workload => ({
    name,
    about,
    questions: Array.from({ length: distinctQuestions }, () => question),
    slow: [],
    slowEvery: 0,
    slotFactor: 1,
  });
  return {
    W1: steady('W1', '`select 1`', plain('select 1', 1)),
    W2: { name: 'W2', about: 'a row by its key', questions: points, slow: [], slowEvery: 0, slotFactor: 1 },
    W3: steady('W3', 'an aggregate of about 40 ms', aggregate(bounds.aggregateRows)),
    W4: steady('W4', '1,000 rows of 12 columns', page(Math.min(1_000, tableRows))),
    W5: steady('W5', '10,000 rows of 12 columns', page(Math.min(10_000, tableRows))),
    W6: {
      name: 'W6',
      about: 'a row by its key; one call in 20 is an aggregate of about 400 ms',
      questions: points,
      slow: Array.from({ length: slowQuestions }, () => slowAggregate(bounds.slowFactor)),
      slowEvery: 20,
      slotFactor: 3,
    },
  };
}

/** Finds the bounds: each statement is timed by a connection of its own until it takes about as long as it should. */
export async function calibrate(client: Client, tableRows: number): Promise<Bounds> {
  const aggregateMs = await quickest(client, aggregate(tableRows).sql);
  const slowMs = await quickest(client, slowAggregate(100).sql);
  return {
    aggregateRows: Math.round(Math.min(tableRows, (tableRows * 40) / aggregateMs)),
    slowFactor: Math.max(1, Math.round((100 * 400) / slowMs)),
  };
}

async function quickest(client: Client, sql: string): Promise<number> {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const startedMs = performance.now();
    await client.query(sql);
    bestMs = Math.min(bestMs, performance.now() - startedMs);
  }
  return bestMs;
}

function aggregate(rows: number): Question {
  const text =
    'select finished, extract(month from day) as month, count(*) as trips, sum(cost) as cost, ' +
    'avg(speed_kmh) as speed_kmh, max(odometer_m) as odometer_m, count(distinct label) as labels ' +
    `from bench.trip where id <= ${rows} group by 1, 2 order by 1, 2`;
  return plain(text, 0);
}

function slowAggregate(factor: number): Question {
  return plain(
    `select sum(sqrt(trip.id::float8 * n)) from bench.trip, generate_series(1, ${factor}) as n where trip.id <= 10000`,
    1,
  );
}

function page(rows: number): Question {
  return plain(`select ${columns} from bench.trip order by id limit ${rows}`, rows);
}

/** Keys are spread by a multiplicative step (Knuth), the same in every run. */
function pointSelects(tableRows: number): readonly Question[] {
  return Array.from({ length: distinctQuestions }, (_, index) => {
    const key = (Math.imul(index + 1, 0x9e37_79b1) >>> 0) % tableRows;
    const sql = `select ${columns} from bench.trip where id = $1`;
    return { sql, parameters: [String(key + 1)], literal: sql.replace('$1', String(key + 1)), rows: 1 };
  });
}
