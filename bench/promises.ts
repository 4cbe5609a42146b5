// What the project promises of its speed and size, and what a run found of each promise.
import { median } from './own-figures.ts';
import { judgedCallers } from './plan.ts';
import { type Findings, ratioOf } from './report.ts';
import type { SubjectName } from './subjects/subject.ts';
import type { WorkloadName } from './workloads.ts';

/** One promise beside what was measured. */
export type PromiseRow = {
  readonly text: string;
  readonly bound: string;
  readonly figure: string;
  readonly kept: boolean;
};

/** Every promise that the run measured. */
export function promises(findings: Findings): readonly PromiseRow[] {
  return [...speed(findings), ...slowNeighbours(findings), ...size(findings), ...own(findings)];
}

const ratioPromises: readonly { workloads: readonly WorkloadName[]; to: SubjectName; least: number }[] = [
  { workloads: ['W4', 'W5'], to: 'bare', least: 2 },
  { workloads: ['W4', 'W5'], to: 'dbhub', least: 1 },
  { workloads: ['W4', 'W5'], to: 'toolbox', least: 1 },
  { workloads: ['W1', 'W2'], to: 'bare', least: 0.5 },
  { workloads: ['W1', 'W2'], to: 'dbhub', least: 4 },
];

function speed({ slots }: Findings): readonly PromiseRow[] {
  return ratioPromises.flatMap(({ workloads, to, least }) =>
    workloads.flatMap((workload) => {
      const ratio = ratioOf(slots, { workload, callers: judgedCallers, subject: 'ours', to });
      if (Number.isNaN(ratio)) return [];
      const text = `${workload} at ${judgedCallers} callers against ${to}`;
      return [{ text, bound: `at least ${least} ×`, figure: `${ratio.toFixed(2)} ×`, kept: ratio >= least }];
    }),
  );
}

function slowNeighbours({ slots }: Findings): readonly PromiseRow[] {
  const p50 = (workload: WorkloadName) =>
    median(
      slots
        .filter(
          (slot) => slot.workload === workload && slot.callers === judgedCallers && slot.subject === 'ours',
        )
        .map((slot) => slot.p50),
    );
  const ratio = p50('W6') / p50('W2');
  if (Number.isNaN(ratio)) return [];
  return [
    {
      text: `W6: p50 of the fast calls against the same without slow ones (W2), ${judgedCallers} callers`,
      bound: 'at most 1.5 ×',
      figure: `${ratio.toFixed(2)} ×`,
      kept: ratio <= 1.5,
    },
  ];
}

function size({ contestants }: Findings): readonly PromiseRow[] {
  const textOf = (name: SubjectName) =>
    contestants.find(({ subject }) => subject.name === name)?.answers.W4?.textBytes;
  const [mine, theirs] = [textOf('ours'), textOf('dbhub')];
  if (mine === undefined || theirs === undefined) return [];
  const share = mine / theirs;
  return [
    {
      text: 'text of 1,000 rows of 12 columns against DBHub',
      bound: 'at most 45 %',
      figure: `${(share * 100).toFixed(0)} %`,
      kept: share <= 0.45,
    },
  ];
}

function own({ own: figures }: Findings): readonly PromiseRow[] {
  if (figures === undefined) return [];
  const atMost = (text: string, unit: string, most: number, value: number): PromiseRow => ({
    text,
    bound: `under ${most.toLocaleString('en-US')} ${unit}`,
    figure: `${Math.round(value).toLocaleString('en-US')} ${unit}`,
    kept: value < most,
  });
  const megabyte = 1_000_000;
  return [
    atMost('start to listening, database down', 'ms', 400, figures.listeningMs),
    atMost('stdio: start to first answer', 'ms', 1_000, figures.stdioFirstAnswerMs),
    atMost('stdio: start to the rows of a first query', 'ms', 1_000, figures.stdioQueryMs),
    atMost('RSS idle', 'MB', 90, figures.idleRssBytes / megabyte),
    ...(figures.gigabyteRssBytes === undefined
      ? []
      : [atMost('RSS after a 1 GB result', 'MB', 150, figures.gigabyteRssBytes / megabyte)]),
    atMost('list of tools, bytes / 4', 'tokens', 2_001, figures.toolListBytes / 4),
  ];
}
