// Decides which fact becomes which number. No label holds an analyst, an address or SQL: their number has no bound.
import type { ProductEvent } from '../base/events.ts';
import { counter, exposition, gauge, histogram, type Metric, readCounter } from './metric.ts';

/** The numbers of one server. */
export type Metrics = {
  readonly record: (event: ProductEvent) => void;
  /** Prometheus' text format. */
  readonly page: () => string;
  /** Name, type and meaning of each, for the reference page. */
  readonly all: readonly Metric[];
};

/** Content type of `page` (Prometheus text format 0.0.4). */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Seconds; a statement may run up to MCP_STATEMENT_TIMEOUT. */
const durationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Fresh metrics, all at zero; every server has its own. */
export function createMetrics(): Metrics {
  const instruments = createInstruments();
  const all = [...Object.values(instruments), ...processMetrics()];
  return { record: (event) => record(instruments, event), page: () => exposition(all), all };
}

type Instruments = ReturnType<typeof createInstruments>;

const prefix = 'pg_analytics_';
const labelled = (name: string, help: string, label: string) => counter({ name: prefix + name, help, label });
const plain = (name: string, help: string) => counter({ name: prefix + name, help });
const level = (name: string, help: string) => gauge({ name: prefix + name, help });
const seconds = (name: string, help: string) => histogram({ name: prefix + name, help }, durationBounds);

function createInstruments() {
  return {
    statements: labelled('statements_total', 'Statements of analysts by outcome.', 'outcome'),
    refusals: labelled('refusals_total', 'Statements refused before they ran, by code.', 'code'),
    failures: labelled('failures_total', 'Statements that failed or were cancelled, by code.', 'code'),
    durations: seconds(
      'statement_duration_seconds',
      'Time of a statement from its arrival to its last row, waits included.',
    ),
    waits: seconds('queue_wait_seconds', 'Time a statement waited for a connection.'),
    rows: plain('rows_total', 'Rows delivered.'),
    bytes: plain('result_bytes_total', 'Bytes of rows delivered.'),
    calls: labelled('calls_total', 'Tool calls by tool.', 'tool'),
    failedCalls: labelled('failed_calls_total', 'Tool calls that ended in an error, by tool.', 'tool'),
    requests: labelled('http_requests_total', 'HTTP requests by status.', 'status'),
    refusedRequests: labelled('requests_refused_total', 'Requests refused at the door, by code.', 'code'),
    inUse: level('pool_in_use', 'Statements that hold a connection now.'),
    waiting: level('pool_waiting', 'Statements that wait for a connection now.'),
    opened: plain('connections_opened_total', 'Connections opened to Postgres.'),
    discarded: plain('connections_discarded_total', 'Connections thrown away after a fault.'),
    retries: plain('retries_total', 'Statements run once more after a disconnect.'),
    cancels: labelled('cancels_total', 'Statements cancelled, by reason.', 'reason'),
    catalogLoads: labelled(
      'catalog_loads_total',
      'Loads of the function catalog and the schema, by result.',
      'result',
    ),
    signIns: labelled('sign_ins_total', 'Sign-ins of analysts, by identity provider.', 'provider'),
    refusedSignIns: labelled(
      'sign_ins_refused_total',
      'Sign-ins that were refused or failed, by code.',
      'code',
    ),
    endedAccounts: plain(
      'accounts_ended_total',
      'Sessions that the identity provider or the operator ended.',
    ),
    unconfirmedAccounts: plain(
      'accounts_unconfirmed_total',
      'Refreshes whose identity provider could not be asked.',
    ),
    parserRestarts: plain('parser_restarts_total', 'Restarts of the parser of the guard.'),
    warnings: plain('warnings_total', 'Warnings logged.'),
    internalFailures: plain('internal_failures_total', 'Failures that nobody expected.'),
    ready: level('ready', '1 where the last readiness check reached the database, else 0.'),
  };
}

function record(to: Instruments, event: ProductEvent): void {
  if (event.kind === 'statement') recordStatement(to, event);
  else if (event.kind === 'request') to.requests.add(1, String(event.status));
  else if (event.kind === 'request_refused') to.refusedRequests.add(1, event.code);
  else if (event.kind === 'statement_cancelled') to.cancels.add(1, event.reason);
  else if (event.kind === 'readiness') to.ready.set(event.ready ? 1 : 0);
  else if (event.kind === 'pool') {
    to.inUse.set(event.inUse);
    to.waiting.set(event.waiting);
  } else if (event.kind === 'call') {
    to.calls.add(1, event.tool);
    if (event.failed) to.failedCalls.add(1, event.tool);
  } else if (event.kind === 'signed_in') to.signIns.add(1, event.provider);
  else if (event.kind === 'sign_in_refused') to.refusedSignIns.add(1, event.code);
  else recordRareEvent(to, event);
}

function recordStatement(to: Instruments, event: Extract<ProductEvent, { kind: 'statement' }>): void {
  to.statements.add(1, event.outcome);
  if (event.outcome === 'refused') {
    to.refusals.add(1, event.code ?? 'unknown');
    return;
  }
  if (event.code !== undefined) to.failures.add(1, event.code);
  to.durations.observe(event.durationMs / 1000);
  to.waits.observe(event.queuedMs / 1000);
  to.rows.add(event.rows);
  to.bytes.add(event.bytes);
}

function recordRareEvent(to: Instruments, { kind }: ProductEvent): void {
  if (kind === 'connection_opened') to.opened.add(1);
  else if (kind === 'connection_discarded') to.discarded.add(1);
  else if (kind === 'statement_retried') to.retries.add(1);
  else if (kind === 'catalog_loaded' || kind === 'schema_loaded') to.catalogLoads.add(1, 'ok');
  else if (kind === 'catalog_failed' || kind === 'schema_failed') to.catalogLoads.add(1, 'failed');
  else if (kind === 'account_ended') to.endedAccounts.add(1);
  else if (kind === 'account_unconfirmed') to.unconfirmedAccounts.add(1);
  else if (kind === 'parser_restarted') to.parserRestarts.add(1);
  else if (kind === 'warning') to.warnings.add(1);
  else if (kind === 'failure') to.internalFailures.add(1);
}

// Names after the Prometheus client guidelines, "Process metrics".
function processMetrics(): Metric[] {
  const startSeconds = Math.round(performance.timeOrigin) / 1000;
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  return [
    gauge({ name: `${prefix}up`, help: '1 while the server runs.' }, () => 1),
    readCounter(
      { name: 'process_cpu_seconds_total', help: 'CPU time of the process, user and system.' },
      cpu,
    ),
    gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory of the process.' }, () =>
      process.memoryUsage.rss(),
    ),
    gauge(
      { name: 'process_start_time_seconds', help: 'Start of the process since the Unix epoch.' },
      () => startSeconds,
    ),
    gauge(
      { name: 'nodejs_heap_used_bytes', help: 'JavaScript heap in use.' },
      () => process.memoryUsage().heapUsed,
    ),
    gauge(
      {
        name: 'nodejs_eventloop_utilization',
        help: 'Share of time the event loop was busy since the start.',
      },
      () => performance.eventLoopUtilization().utilization,
    ),
  ];
}
