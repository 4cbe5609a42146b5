// Where facts end: one log line, one number. Emitting never throws and never waits.
import type { Emit, ProductEvent } from '../base/events.ts';
import { lineFields, lineLevel, lineMessage } from './log-line.ts';
import { createLogger, type LineDestination } from './logger.ts';
import { createMetrics, metricsContentType } from './metrics.ts';

/** How the operator wants to be told. */
export type ObserverOptions = {
  /** pino's level. */
  readonly level: string;
  /** Write the text of statements. */
  readonly logSql: boolean;
  /** Standard error where it is left out. */
  readonly destination?: LineDestination | undefined;
};

/** The one listener to all facts. */
export type Observer = {
  readonly emit: Emit;
  /** The page of Prometheus. */
  readonly metrics: () => Promise<string>;
  readonly contentType: string;
  /** Writes what is still buffered. */
  readonly close: () => void;
};

/** Facts that come with every request: their lines may wait for a batch, all others are written at once. */
const frequent: ReadonlySet<ProductEvent['kind']> = new Set(['statement', 'call', 'request', 'pool']);

/** An observer with metrics of its own; nothing is shared between two of them. */
export function createObserver({ level, logSql, destination }: ObserverOptions): Observer {
  const logger = createLogger(level, destination);
  const metrics = createMetrics();
  const emit: Emit = (event) => {
    metrics.record(event);
    const asked = lineLevel(event);
    if (asked === undefined || !logger.isEnabled(asked)) return;
    logger.write(asked, lineFields(event, logSql), lineMessage(event));
    if (!frequent.has(event.kind)) logger.flush();
  };
  return { emit, metrics: async () => metrics.page(), contentType: metricsContentType, close: logger.close };
}
