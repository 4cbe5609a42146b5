// Turns slots into Markdown: ratios to the bare endpoint first, then what was promised, then the figures themselves.
import { cpus, totalmem } from 'node:os';
import type { BenchDatabase } from './bench-database.ts';
import type { Contestant } from './contestants.ts';
import { median, type OwnFigures } from './own-figures.ts';
import { judgedCallers, type Plan } from './plan.ts';
import { promises } from './promises.ts';
import type { Slot } from './rounds.ts';
import type { Workload } from './workloads.ts';

/** All that a run has found. */
export type Findings = {
  readonly plan: Plan;
  readonly database: Pick<BenchDatabase, 'version'>;
  readonly workloads: readonly Workload[];
  readonly contestants: readonly Contestant[];
  readonly slots: readonly Slot[];
  readonly own: OwnFigures | undefined;
  /** Resident memory after the load, by subject. */
  readonly loadedRssBytes: ReadonlyMap<Contestant, number>;
};

/** The whole report. It names the machine's kind, and nothing that tells whose it is. */
export function report(findings: Findings): string {
  const { plan } = findings;
  const ratios = plan.callers.flatMap((callers) => [
    `### ${callers} ${callers === 1 ? 'caller' : 'callers'}: throughput, as a ratio to the bare endpoint`,
    ratioTable(findings, callers),
  ]);
  return [
    machine(findings),
    '### What is promised',
    promiseTable(findings),
    ...ratios,
    '### Size of an answer',
    sizeTable(findings),
    '### Memory',
    memoryTable(findings),
    '### All figures',
    'Medians over the rounds. p50, p95 and p99 are those of the fast calls. Server CPU is user and system time of the server’s processes for each call; Postgres is not in it.',
    figureTable(findings),
  ].join('\n\n');
}

function machine({ plan, database, workloads }: Findings): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  const rounds = `${plan.rounds.judged} rounds at ${judgedCallers} callers, ${plan.rounds.others} at others, ${plan.slotMs} ms a slot`;
  const list = workloads.map(({ name, about }) => `- **${name}**: ${about}`).toSorted();
  return [
    `${cpus().length} cores (${model}), ${memoryGb} GB, ${process.platform}; Node ${process.version}, Postgres ${database.version}; ${rounds}.`,
    list.join('\n'),
  ].join('\n\n');
}

function promiseTable(findings: Findings): string {
  const rows = promises(findings).map(({ text, bound, figure, kept }) => [
    text,
    bound,
    figure,
    kept ? 'yes' : '**no**',
  ]);
  return table(['promise', 'bound', 'measured', 'kept'], rows);
}

function ratioTable(findings: Findings, callers: number): string {
  const { contestants, workloads } = findings;
  const rows = workloads
    .map(({ name }) => [
      name as string,
      ...contestants.map(({ subject }) => {
        const ratio = ratioOf(findings.slots, { workload: name, callers, subject: subject.name, to: 'bare' });
        return Number.isNaN(ratio) ? '' : ratio.toFixed(2);
      }),
    ])
    .toSorted();
  return table(['', ...contestants.map(({ subject }) => subject.title)], rows);
}

export type Comparison = Pick<Slot, 'workload' | 'callers' | 'subject'> & { readonly to: Slot['subject'] };

/** The median over the rounds of throughput by throughput, both of the same round. NaN where one was not run. */
export function ratioOf(slots: readonly Slot[], { workload, callers, subject, to }: Comparison): number {
  const of = (name: Slot['subject']) =>
    slots.filter(
      (slot) =>
        slot.workload === workload &&
        slot.callers === callers &&
        slot.subject === name &&
        slot.failures === 0,
    );
  const others = of(to);
  return median(
    of(subject).flatMap(({ round, callsPerSecond }) => {
      const other = others.find((slot) => slot.round === round);
      return other === undefined ? [] : [callsPerSecond / other.callsPerSecond];
    }),
  );
}

function sizeTable({ contestants, workloads }: Findings): string {
  const rows = workloads
    .filter(({ name }) => name === 'W1' || name === 'W4' || name === 'W5')
    .flatMap(({ name }) =>
      contestants.map(({ subject, answers }) => [
        name as string,
        subject.title,
        grouped(answers[name]?.bodyBytes ?? 0),
        grouped(answers[name]?.textBytes ?? 0),
      ]),
    );
  return table(['', 'server', 'bytes of the body', 'bytes of text for the model'], rows);
}

function memoryTable({ contestants, loadedRssBytes }: Findings): string {
  const rows = contestants
    .filter(({ subject }) => subject.name === subject.processKey)
    .map((contestant) => [
      contestant.subject.title,
      megabytes(contestant.idleRssBytes),
      megabytes(loadedRssBytes.get(contestant) ?? 0),
    ]);
  return table(['server', 'RSS idle, MB', 'RSS after all load, MB'], rows);
}

function figureTable({ slots, contestants, workloads, plan }: Findings): string {
  const rows = plan.callers.flatMap((callers) =>
    workloads
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .flatMap(({ name }) =>
        contestants.map(({ subject }) => {
          const own = slots.filter(
            (slot) => slot.workload === name && slot.callers === callers && slot.subject === subject.name,
          );
          const sound = own.filter(({ failures }) => failures === 0);
          if (sound.length === 0) return [name, String(callers), subject.title, 'failed', '', '', '', ''];
          const of = (key: 'callsPerSecond' | 'p50' | 'p95' | 'p99' | 'cpuMs') =>
            median(sound.map((slot) => slot[key]));
          const times = [of('p50'), of('p95'), of('p99'), of('cpuMs')].map((ms) => ms.toFixed(2));
          return [
            name as string,
            String(callers),
            subject.title,
            grouped(Math.round(of('callsPerSecond'))),
            ...times,
          ];
        }),
      ),
  );
  return table(['', 'callers', 'server', 'calls/s', 'p50 ms', 'p95 ms', 'p99 ms', 'server CPU ms'], rows);
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(0);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
