// Facts become lines and numbers: which, how many, and never a secret.
import { describe, expect, it } from 'vitest';
import type { ProductEvent } from '../../../src/base/events.ts';
import { counter, exposition, gauge, histogram, maxLabelValues } from '../../../src/observe/metric.ts';
import { createObserver } from '../../../src/observe/observer.ts';

const statement = {
  kind: 'statement',
  principal: 'sonia',
  tool: 'query',
  fingerprint: '0123456789abcdef',
  sql: 'select 1 as one',
  outcome: 'ok',
  rows: 3,
  bytes: 40,
  durationMs: 12.3456,
  queuedMs: 0.5,
  retried: false,
} as const satisfies ProductEvent;

async function observe(events: readonly ProductEvent[], options: { level?: string; logSql?: boolean } = {}) {
  const lines: Record<string, unknown>[] = [];
  const observer = createObserver({
    level: options.level ?? 'info',
    logSql: options.logSql ?? false,
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  });
  for (const event of events) observer.emit(event);
  return { lines, page: await observer.metrics() };
}

describe('lines', () => {
  it('tell one statement in one line: analyst, fingerprint, duration, rows, outcome', async () => {
    const { lines } = await observe([statement]);
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        event: 'statement',
        analyst: 'sonia',
        tool: 'query',
        fingerprint: '0123456789abcdef',
        outcome: 'ok',
        rows: 3,
        bytes: 40,
        duration_ms: 12.35,
        queued_ms: 0.5,
        msg: 'statement ok',
      },
    ]);
  });

  it('say why a message of the protocol failed, without secrets', async () => {
    const message = 'unknown token pgam_abc in the message';
    expect((await observe([{ kind: 'protocol_error', message }])).lines[0]).toMatchObject({
      level: 'warn',
      msg: 'protocol error: unknown token (hidden) in the message',
    });
  });

  it('hold SQL only where the operator asked for it', async () => {
    expect(JSON.stringify((await observe([statement])).lines)).not.toContain('select 1');
    expect((await observe([statement], { logSql: true })).lines[0]).toMatchObject({ sql: 'select 1 as one' });
  });

  it('tell what the caller must not see of a failure, without its secrets', async () => {
    const logDetail = 'no entry for postgres://reader:s3cret@db/fleet';
    expect((await observe([{ ...statement, logDetail }])).lines[0]).toMatchObject({
      detail: 'no entry for postgres://(hidden)@db/fleet',
    });
  });

  it('warn about failures of ours and only note refusals of the analyst’s text', async () => {
    const { lines } = await observe([
      { ...statement, outcome: 'refused', code: 'GUARD_STATEMENT' },
      { ...statement, outcome: 'failed', code: 'DB_UNREACHABLE', sqlState: '08006' },
    ]);
    expect(lines).toMatchObject([
      { level: 'info', code: 'GUARD_STATEMENT' },
      { level: 'warn', code: 'DB_UNREACHABLE', sqlstate: '08006' },
    ]);
  });

  it('leave requests and calls to the level debug', async () => {
    const call = { kind: 'call', principal: 'sonia', tool: 'query', failed: false, durationMs: 1 } as const;
    expect((await observe([call])).lines).toEqual([]);
    expect((await observe([call], { level: 'debug' })).lines).toMatchObject([
      { level: 'debug', event: 'call', analyst: 'sonia' },
    ]);
  });

  it('never hold a password, a token or a bearer header', async () => {
    const { lines } = await observe([
      {
        kind: 'failure',
        message: 'no way to postgres://ro:hush@db/fleet',
        logDetail: 'Authorization: Bearer hush.hush',
      },
      { kind: 'connection_discarded', reason: 'password=hush pgam_hushhushhush' },
    ]);
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toContain('hush');
  });

  it('keep a line break of an analyst inside its line', async () => {
    const { lines } = await observe([{ ...statement, sql: 'select 1\n{"level":"fatal"}' }], { logSql: true });
    expect(lines).toHaveLength(1);
  });
});

describe('numbers', () => {
  it('count statements by outcome, refusals by code, rows, bytes and time', async () => {
    const { page } = await observe([
      statement,
      { ...statement, outcome: 'truncated', durationMs: 700 },
      { ...statement, outcome: 'refused', code: 'GUARD_ROW_LOCK', rows: 0, bytes: 0 },
      { ...statement, outcome: 'failed', code: 'LIMIT_STATEMENT_TIMEOUT', rows: 0, bytes: 0 },
    ]);
    for (const line of [
      'pg_analytics_statements_total{outcome="ok"} 1',
      'pg_analytics_statements_total{outcome="truncated"} 1',
      'pg_analytics_refusals_total{code="GUARD_ROW_LOCK"} 1',
      'pg_analytics_failures_total{code="LIMIT_STATEMENT_TIMEOUT"} 1',
      'pg_analytics_rows_total 6',
      'pg_analytics_result_bytes_total 80',
      'pg_analytics_statement_duration_seconds_bucket{le="0.025"} 2',
      'pg_analytics_statement_duration_seconds_bucket{le="+Inf"} 3',
      'pg_analytics_statement_duration_seconds_count 3',
    ])
      expect(page.split('\n')).toContain(line);
  });

  it('follow the pool, retries, discards, cancels, requests and readiness', async () => {
    const { page } = await observe([
      { kind: 'pool', inUse: 8, waiting: 3 },
      { kind: 'pool', inUse: 7, waiting: 2 },
      { kind: 'statement_retried', reason: '57P01' },
      { kind: 'connection_discarded', reason: '57P01' },
      { kind: 'statement_cancelled', reason: 'client' },
      { kind: 'request', method: 'POST', path: '/mcp', status: 200, durationMs: 3, address: '127.0.0.1' },
      { kind: 'request_refused', code: 'DOOR_TOKEN_INVALID', address: '127.0.0.1' },
      { kind: 'readiness', ready: true },
    ]);
    for (const line of [
      'pg_analytics_pool_in_use 7',
      'pg_analytics_pool_waiting 2',
      'pg_analytics_retries_total 1',
      'pg_analytics_connections_discarded_total 1',
      'pg_analytics_cancels_total{reason="client"} 1',
      'pg_analytics_http_requests_total{status="200"} 1',
      'pg_analytics_requests_refused_total{code="DOOR_TOKEN_INVALID"} 1',
      'pg_analytics_ready 1',
      'pg_analytics_up 1',
    ])
      expect(page.split('\n')).toContain(line);
    expect(page).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
  });

  it('have no label with an analyst, an address or a fingerprint', async () => {
    const request = {
      kind: 'request',
      method: 'POST',
      path: '/mcp',
      status: 200,
      durationMs: 3,
      address: '192.0.2.7',
    } as const;
    expect((await observe([statement, request])).page).not.toMatch(/sonia|192\.0\.2\.7|0123456789abcdef/);
  });

  it('are separate in every observer', async () => {
    expect((await observe([statement])).page).toContain('statements_total{outcome="ok"} 1');
    expect((await observe([])).page).not.toContain('statements_total{outcome="ok"}');
  });
});

describe('the text format', () => {
  it('gives every metric help and type, as Prometheus reads them', async () => {
    const requests = counter({ name: 'requests_total', help: 'Requests.', label: 'who' });
    requests.add(2, 'a"b\\c\nd');
    const page = exposition([requests, gauge({ name: 'level', help: 'Level.' })]);
    expect(page).toBe(
      [
        '# HELP requests_total Requests.',
        '# TYPE requests_total counter',
        'requests_total{who="a\\"b\\\\c\\nd"} 2',
        '# HELP level Level.',
        '# TYPE level gauge',
        'level 0',
        '',
      ].join('\n'),
    );
  });

  it('folds label values beyond the limit into "other"', async () => {
    const many = counter({ name: 'many_total', help: 'Many.', label: 'value' });
    for (let index = 0; index < maxLabelValues + 5; index++) many.add(1, `v${index}`);
    expect(many.lines()).toHaveLength(maxLabelValues + 1);
    expect(many.lines()).toContain('many_total{value="other"} 5');
  });

  it('puts a value that equals a bound into its bucket', async () => {
    const times = histogram({ name: 't', help: 'T.' }, [1, 2]);
    for (const value of [1, 1.5, 9]) times.observe(value);
    expect(times.lines()).toEqual([
      't_bucket{le="1"} 1',
      't_bucket{le="2"} 2',
      't_bucket{le="+Inf"} 3',
      't_sum 11.5',
      't_count 3',
    ]);
  });
});
