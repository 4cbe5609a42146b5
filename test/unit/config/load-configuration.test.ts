// The configuration: all sources, all problems at once, no secret in any text.
import { describe, expect, it } from 'vitest';
import { readTokens } from '../../../src/auth/static-tokens.ts';
import { CodedError } from '../../../src/base/errors.ts';
import type { Problem } from '../../../src/base/problem.ts';
import { type ConfigurationSource, loadConfiguration } from '../../../src/config/load-configuration.ts';
import { readOptionFile } from '../../../src/config/option-file.ts';
import { connectionSettings } from '../../../src/pg/connection-source.ts';

const url = 'postgres://ro:dbpassword@localhost/fleet';
const tokens = 'sonia:token-of-sonia-0001';

type Given = Partial<Omit<ConfigurationSource, 'env'>> & { files?: Record<string, string> };

function source(env: Record<string, string>, { files = {}, ...more }: Given = {}): ConfigurationSource {
  return {
    env,
    purpose: 'serve',
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error('ENOENT');
      return text;
    },
    isOpenToOthers: () => false,
    homeDirectory: '/nowhere',
    readers: { database: connectionSettings, tokens: readTokens },
    ...more,
  };
}

const load = (env: Record<string, string> = {}, given: Given = {}) =>
  loadConfiguration(source({ DATABASE_URL: url, MCP_TOKENS: tokens, ...env }, given));

function problemsOf(env: Record<string, string>, given: Given = {}): readonly Problem[] {
  try {
    loadConfiguration(source(env, given));
  } catch (error) {
    expect(error).toBeInstanceOf(CodedError);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as CodedError).facts.problems ?? [];
  }
  throw new Error('the configuration was accepted');
}

describe('defaults', () => {
  it('hold with nothing but a database and an analyst', () => {
    const { configuration, warnings } = load();
    expect(configuration).toMatchObject({
      database: { poolMax: 8, connectTimeoutMs: 5000, idleTimeoutMs: 30_000, allowUnsafeRole: false },
      queue: { max: 256, timeoutMs: 10_000 },
      limits: { statementTimeoutMs: 30_000, lockTimeoutMs: 2000, maxRows: 10_000, maxResultBytes: 1_048_576 },
      guard: { schemas: [], allowFunctions: [], secondOpinion: false },
      http: {
        host: '127.0.0.1',
        port: 8080,
        publicUrl: undefined,
        trustedProxies: false,
        bodyLimitBytes: 1_048_576,
      },
      admin: { host: '127.0.0.1', port: undefined, token: undefined },
      log: { level: 'info', sql: false },
      drainTimeoutMs: 10_000,
    });
    expect(warnings).toEqual([]);
  });

  it('make a record that nobody can change', () => {
    const { configuration } = load();
    expect(() => Object.assign(configuration.limits, { maxRows: 1 })).toThrow(TypeError);
    expect(() => (configuration.guard.schemas as string[]).push('x')).toThrow(TypeError);
  });
});

describe('problems', () => {
  it('are all reported at once, each with name, value, reason and example', () => {
    const problems = problemsOf({
      MCP_POOL_MAX: '0',
      MCP_STATEMENT_TIMEOUT: '30',
      MCP_MAX_RESULT_BYTES: 'much',
      LOG_LEVEL: 'loud',
    });
    expect(problems).toEqual([
      { name: 'MCP_POOL_MAX', value: '0', reason: 'must be 1 to 1000', example: '8' },
      {
        name: 'MCP_STATEMENT_TIMEOUT',
        value: '30',
        reason: 'needs a unit: ms, s, min, h or d',
        example: '30s',
      },
      {
        name: 'MCP_MAX_RESULT_BYTES',
        value: 'much',
        reason: expect.stringContaining('units'),
        example: '1MB',
      },
      {
        name: 'LOG_LEVEL',
        value: 'loud',
        reason: expect.stringContaining('must be one of'),
        example: 'warn',
      },
      { name: 'DATABASE_URL', reason: 'is missing', example: expect.any(String) },
      {
        name: 'MCP_TOKENS',
        reason: expect.stringContaining('no analyst may call'),
        example: expect.any(String),
      },
    ]);
  });

  it('never repeat a secret', () => {
    const problems = problemsOf({
      DATABASE_URL: 'postgres://ro:hush/hush@db/fleet',
      MCP_TOKENS: 'sonia:hush,bob=hushhushhushhush',
      MCP_ADMIN_TOKEN: 'hush',
    });
    expect(problems.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify(problems)).not.toContain('hush');
  });

  it('name the nearest option where a variable is misspelt', () => {
    expect(problemsOf({ DATABASE_URL: url, MCP_TOKENS: tokens, MCP_POOLMAX: '3', MCP_PORT: '1' })).toEqual([
      { name: 'MCP_POOLMAX', reason: 'no option of this name (environment); did you mean MCP_POOL_MAX' },
      { name: 'MCP_PORT', reason: 'no option of this name (environment); did you mean PORT' },
    ]);
  });

  it('do not count variables of MCP clients and of Kubernetes', () => {
    expect(
      load({ MCP_TIMEOUT: '9', MCP_SERVICE_HOST: '10.0.0.1', MCP_PORT: 'tcp://10.0.0.1:80' }).warnings,
    ).toEqual([]);
  });

  it('turn into warnings for stdio, whose environment belongs to the client', () => {
    const { warnings } = load({ MCP_ANYTHING_ELSE: '1' }, { purpose: 'stdio' });
    expect(warnings).toEqual([
      'MCP_ANYTHING_ELSE is ignored because there is no option of this name (environment).',
    ]);
  });

  it('arise for HTTP without any analyst, not for stdio', () => {
    expect(problemsOf({ DATABASE_URL: url })).toMatchObject([{ name: 'MCP_TOKENS' }]);
    expect(
      loadConfiguration(source({ DATABASE_URL: url }, { purpose: 'stdio' })).configuration.auth.tokens,
    ).toEqual([]);
  });

  it('arise where the admin listener takes the port of the server', () => {
    expect(problemsOf({ DATABASE_URL: url, MCP_TOKENS: tokens, MCP_ADMIN_PORT: '8080' })).toMatchObject([
      { name: 'MCP_ADMIN_PORT', reason: 'is the same as PORT' },
    ]);
  });

  it('of a port do not bring another about the admin listener along', () => {
    expect(problemsOf({ DATABASE_URL: url, MCP_TOKENS: tokens, PORT: '99999' })).toMatchObject([
      { name: 'PORT', reason: 'must be 0 to 65535' },
    ]);
  });
});

describe('sources', () => {
  const yaml = (text: string) => readOptionFile('/etc/c.yaml', () => text);

  it('are the command line, the environment, the file and the default, in this order', () => {
    const file = yaml('MCP_MAX_ROWS: 3\nMCP_POOL_MAX: 3\nMCP_QUEUE_MAX: 3');
    const { configuration, origins } = load(
      { MCP_MAX_ROWS: '2', MCP_POOL_MAX: '2' },
      { file, overrides: { MCP_MAX_ROWS: '1' } },
    );
    expect(configuration.limits.maxRows).toBe(1);
    expect(configuration.database.poolMax).toBe(2);
    expect(configuration.queue.max).toBe(3);
    expect(origins).toMatchObject({
      MCP_MAX_ROWS: 'command line',
      MCP_POOL_MAX: 'environment',
      MCP_QUEUE_MAX: 'file /etc/c.yaml',
      PORT: 'default',
    });
  });

  it('give secrets from files', () => {
    const files = { '/run/secrets/url': `${url}\n` };
    const { configuration, origins } = load(
      { DATABASE_URL: '', DATABASE_URL_FILE: '/run/secrets/url' },
      { files },
    );
    expect(configuration.database.connection).toMatchObject({ user: 'ro', password: 'dbpassword' });
    expect(origins.DATABASE_URL).toBe('file /run/secrets/url (DATABASE_URL_FILE)');
  });

  it('may not give a secret twice, nor from a file that cannot be read', () => {
    const env = { MCP_TOKENS: tokens, DATABASE_URL: url, DATABASE_URL_FILE: '/f' };
    expect(problemsOf(env, { files: { '/f': url } })).toMatchObject([
      { reason: expect.stringContaining('both set') },
    ]);
    expect(problemsOf({ ...env, DATABASE_URL: '' })).toMatchObject([
      { name: 'DATABASE_URL_FILE', value: '/f', reason: 'the file cannot be read' },
      { name: 'DATABASE_URL' },
    ]);
  });

  it('give lists of the file as sequences or as text', () => {
    const file = yaml('MCP_SCHEMAS: [reporting, fuel]\nMCP_ALLOW_FUNCTIONS: a.b, c.d\nMCP_LOG_SQL: off');
    expect(load({}, { file }).configuration).toMatchObject({
      guard: { schemas: ['reporting', 'fuel'], allowFunctions: ['a.b', 'c.d'] },
      log: { sql: false },
    });
  });

  it.each([
    [
      'an unknown key',
      'MCP_MAX_ROW: 3',
      { name: 'MCP_MAX_ROW', reason: expect.stringContaining('did you mean MCP_MAX_ROWS') },
    ],
    [
      'a nested value',
      'MCP_SCHEMAS: { a: 1 }',
      { name: 'MCP_SCHEMAS', reason: expect.stringContaining('one value or a list') },
    ],
    ['a text that is no mapping', '- a', { reason: 'must be a mapping of option names to values' }],
    [
      'broken YAML',
      'MCP_TOKENS: [hush',
      { reason: expect.stringMatching(/^not well-formed YAML at line 1/) },
    ],
  ])('report %s in the file', (_, text, problem) => {
    const problems = problemsOf({ DATABASE_URL: url, MCP_TOKENS: tokens }, { file: yaml(text) });
    expect(problems).toMatchObject([problem]);
    expect(JSON.stringify(problems)).not.toContain('hush');
  });
});

describe('warnings', () => {
  it.each([
    ['HOST', '0.0.0.0', 'HOST is 0.0.0.0 without MCP_PUBLIC_URL'],
    ['DATABASE_URL', 'postgres://ro:x@db.example.com/f', 'may travel unencrypted'],
    ['DATABASE_URL', 'postgres://ro:x@db.example.com/f?sslmode=require', 'another server could pose'],
    ['MCP_ALLOW_UNSAFE_ROLE', 'on', 'only the guard and the read-only transaction'],
    ['MCP_LOG_SQL', 'on', 'personal data'],
    ['MCP_TRUST_PROXY', 'on', 'can invent the address'],
    ['MCP_ALLOWED_ORIGINS', '*', 'DNS rebinding'],
    ['MCP_RATE_LIMIT', '0', 'one analyst can keep every connection busy'],
    ['MCP_PUBLIC_URL', 'http://analytics.example.com', 'can be read on the way'],
  ])('say why %s=%s is dangerous', (name, value, reason) => {
    const { warnings } = load({ [name]: value });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(reason);
  });

  it('stay away where the choice is safe', () => {
    const env = {
      HOST: '0.0.0.0',
      MCP_PUBLIC_URL: 'https://a.example.com',
      MCP_TRUST_PROXY: '10.0.0.0/8,loopback',
    };
    expect(load(env).warnings).toEqual([]);
  });
});
