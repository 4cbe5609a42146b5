// Counters, gauges and histograms in Prometheus' text format 0.0.4; it knows no fact of the product and no global registry.

/** What the page says about a metric. */
export type MetricFacts = { readonly name: string; readonly help: string; readonly label?: string };

/** A metric that can print itself. */
export type Metric = MetricFacts & {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly lines: () => string[];
};

/** A number that only grows, one per value of its label. */
export type Counter = Metric & { readonly add: (amount: number, labelValue?: string) => void };

/** A number that goes up and down. */
export type Gauge = Metric & { readonly set: (value: number) => void };

/** A distribution over fixed bounds. */
export type Histogram = Metric & { readonly observe: (value: number) => void };

/** Most values of one label; further ones are counted as "other", so that nobody can grow the page without end. */
export const maxLabelValues = 100;

/** A counter; with a label it has one series per value. */
export function counter(facts: MetricFacts): Counter {
  const series = new Map<string, number>();
  if (facts.label === undefined) series.set('', 0);
  return {
    ...facts,
    type: 'counter',
    add: (amount, labelValue = '') => {
      const key = series.has(labelValue) || series.size < maxLabelValues ? labelValue : 'other';
      series.set(key, (series.get(key) ?? 0) + amount);
    },
    lines: () =>
      Array.from(series, ([value, total]) => `${facts.name}${labelText(facts.label, value)} ${total}`),
  };
}

/** A gauge that begins at 0; `read` makes it ask for its value when it is printed. */
export function gauge(facts: MetricFacts, read?: () => number): Gauge {
  let current = 0;
  return {
    ...facts,
    type: 'gauge',
    set: (value) => {
      current = value;
    },
    lines: () => [`${facts.name} ${read?.() ?? current}`],
  };
}

/** A counter whose value is kept elsewhere, such as CPU time. */
export function readCounter(facts: MetricFacts, read: () => number): Metric {
  return { ...facts, type: 'counter', lines: () => [`${facts.name} ${read()}`] };
}

/** A histogram with these upper bounds, ascending. */
export function histogram(facts: MetricFacts, bounds: readonly number[]): Histogram {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let sum = 0;
  return {
    ...facts,
    type: 'histogram',
    observe: (value) => {
      const index = bounds.findIndex((bound) => value <= bound);
      const at = index === -1 ? bounds.length : index;
      counts[at] = (counts[at] ?? 0) + 1;
      sum += value;
    },
    lines: () => {
      let total = 0;
      const buckets = counts.map((count, index) => {
        total += count;
        return `${facts.name}_bucket{le="${bounds[index] ?? '+Inf'}"} ${total}`;
      });
      return [...buckets, `${facts.name}_sum ${sum}`, `${facts.name}_count ${total}`];
    },
  };
}

/** The page of these metrics. */
export function exposition(metrics: readonly Metric[]): string {
  const parts = metrics.map(({ name, help, type, lines }) =>
    [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines()].join('\n'),
  );
  return `${parts.join('\n')}\n`;
}

function labelText(label: string | undefined, value: string): string {
  if (label === undefined) return '';
  return `{${label}="${value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"}`;
}
