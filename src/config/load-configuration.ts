// Makes the configuration out of all its sources, or says everything that is wrong with them at once.
import type { ConnectionSettings } from '../base/connection-settings.ts';
import { CodedError } from '../base/errors.ts';
import type { TokenDigest } from '../base/principal.ts';
import type { Problem, Reading } from '../base/problem.ts';
import { whyUnreadable } from '../base/unreadable-file.ts';
import type { Configuration } from './configuration.ts';
import type { Surroundings } from './environment.ts';
import { oauthOf, oauthProblems } from './oauth-options.ts';
import { type OptionName, type OptionValues, options } from './options.ts';
import { type OptionSource, type ReadOptions, readOptions } from './read-options.ts';
import { signInOf, signInProblems } from './sign-in-options.ts';
import { stateOf, stateProblems } from './state-options.ts';
import { unsafeChoices } from './unsafe-choices.ts';

/** Readers of what other rooms understand; they are handed in because rooms on one floor do not know each other. */
export type Readers = {
  readonly database: (
    source: Surroundings & { readonly url?: string | undefined; readonly variables: Surroundings['env'] },
  ) => Reading<ConnectionSettings>;
  readonly tokens: (source: {
    readonly list?: string | undefined;
    readonly file?: { readonly path: string; readonly text: string } | undefined;
  }) => Reading<readonly TokenDigest[]>;
};

/** What the configuration is made from. */
export type ConfigurationSource = OptionSource & {
  readonly purpose: NonNullable<OptionSource['purpose']>;
  readonly readers: Readers;
};

/** The configuration, and what to say about it. */
export type LoadedConfiguration = {
  readonly configuration: Configuration;
  /** Where each value came from: `environment`, `file …`, `command line` or `default`. */
  readonly origins: Readonly<Partial<Record<OptionName, string>>>;
  /** Unsafe choices, whole sentences with the reason in them. */
  readonly warnings: readonly string[];
};

/** All that the sources say, and everything that is wrong with it. */
export type JudgedOptions = {
  readonly read: ReadOptions;
  readonly database: Reading<ConnectionSettings>;
  readonly tokens: Reading<readonly TokenDigest[]>;
  readonly problems: readonly Problem[];
};

/** Reads and judges every option for the purpose. */
export function judgeOptions(source: ConfigurationSource): JudgedOptions {
  const read = readOptions(source);
  const database = readDatabase(source, read);
  const tokens = readTokens(source, read);
  const together = source.purpose === 'stdio' ? [] : jointProblems(read.values);
  const unread = new Set(read.problems.map(({ name }) => name));
  const problems = [
    ...read.problems,
    ...database.problems,
    ...tokens.problems,
    // What cannot be read is not missing as well.
    ...[...contradictions(source, read), ...together].filter(({ name }) => !unread.has(name)),
  ];
  return { read, database, tokens, problems };
}

/** Throws CONFIG_INVALID, whose `facts.problems` holds every problem. */
export function loadConfiguration(source: ConfigurationSource): LoadedConfiguration {
  const { read, database, tokens, problems } = judgeOptions(source);
  if (problems.length > 0 || database.value === undefined) throw invalidConfiguration(problems);
  const state = stateOf(source, read.values);
  const configuration = shaped(read.values, database.value, tokens.value ?? [], state);
  const warnings = [
    ...read.warnings,
    ...database.warnings,
    ...tokens.warnings,
    ...unsafeChoices(configuration, source.purpose),
  ];
  const origins = Object.fromEntries([...read.given].map(([name, { origin }]) => [name, origin]));
  return { configuration, origins, warnings };
}

/** What is wrong with the options of sign-in and OAuth together, where they are switched on. */
function jointProblems(values: OptionValues): Problem[] {
  const isOn = values.MCP_SIGN_IN !== undefined && signInOf(values) !== undefined;
  return [...(isOn ? stateProblems(values) : []), ...signInProblems(values), ...oauthProblems(values)];
}

/** The error that carries all problems; its detail names the options. */
export function invalidConfiguration(problems: readonly Problem[]): CodedError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new CodedError('CONFIG_INVALID', `the configuration has ${count}`, {
    problems,
    detail: problems.map(({ name, reason }) => `${name}: ${reason}`).join('; '),
    hint: 'Mend each option that is named; the command config shows where every value comes from.',
  });
}

/** What DATABASE_URL and the PG variables say; a problem where they say nothing. */
function readDatabase(
  source: Surroundings & { readonly readers: Readers },
  read: ReadOptions,
): Reading<ConnectionSettings> {
  const { readFile, isOpenToOthers, homeDirectory, env } = source;
  const variables = Object.fromEntries([...read.given].map(([name, { text }]) => [name, text]));
  const url = read.values.DATABASE_URL;
  const reading = source.readers.database({ url, variables, readFile, isOpenToOthers, homeDirectory, env });
  if (reading.value !== undefined || reading.problems.length > 0) return reading;
  const missing = { name: 'DATABASE_URL', reason: 'is missing', example: options.DATABASE_URL.example };
  return { ...reading, problems: [missing] };
}

function readTokens(source: ConfigurationSource, read: ReadOptions): Reading<readonly TokenDigest[]> {
  const list = read.values.MCP_TOKENS;
  const path = read.values.MCP_TOKENS_FILE;
  if (path === undefined) return source.readers.tokens({ list });
  try {
    return source.readers.tokens({ list, file: { path, text: source.readFile(path) } });
  } catch (error) {
    const reason = whyUnreadable(error);
    return { problems: [{ name: 'MCP_TOKENS_FILE', value: path, reason }], warnings: [] };
  }
}

/** True where no analyst has a token, and none can sign in; false where it cannot be read. */
export function nobodyMayCall(values: OptionValues): boolean {
  const noTokens = values.MCP_TOKENS === undefined && values.MCP_TOKENS_FILE === undefined;
  // Where sign-in is on, its own problems say what is missing; where it cannot be read, nobody knows.
  const noSignIn = values.MCP_SIGN_IN !== undefined && signInOf(values) === undefined;
  return noTokens && noSignIn && (values.MCP_OAUTH_ISSUERS ?? []).length === 0;
}

function contradictions(source: ConfigurationSource, { values }: ReadOptions): Problem[] {
  const problems: Problem[] = [];
  if (source.purpose === 'serve' && nobodyMayCall(values))
    problems.push({
      name: 'MCP_TOKENS',
      reason:
        'no analyst may call: the command token makes a token for here or MCP_TOKENS_FILE, or let them sign in (MCP_SIGN_IN)',
      example: options.MCP_TOKENS.example,
    });
  const adminToken = values.MCP_ADMIN_TOKEN;
  if (adminToken !== undefined && !/^[A-Za-z0-9._~+/-]{16,}=*$/.test(adminToken))
    problems.push({
      name: 'MCP_ADMIN_TOKEN',
      value: '(hidden)',
      reason: 'must be 16 characters or more of letters, digits and . _ ~ + / -',
      example: options.MCP_ADMIN_TOKEN.example,
    });
  const samePort = values.PORT !== undefined && values.PORT !== 0 && values.MCP_ADMIN_PORT === values.PORT;
  if (samePort && values.MCP_ADMIN_HOST === values.HOST)
    problems.push({
      name: 'MCP_ADMIN_PORT',
      value: String(values.PORT),
      reason: 'is the same as PORT',
      example: '9090',
    });
  return problems;
}

function shaped(
  values: OptionValues,
  connection: ConnectionSettings,
  tokens: readonly TokenDigest[],
  state: Configuration['state'],
): Configuration {
  return frozen({
    database: {
      connection,
      poolMax: values.MCP_POOL_MAX,
      connectTimeoutMs: values.MCP_CONNECT_TIMEOUT,
      idleTimeoutMs: values.MCP_IDLE_TIMEOUT,
      allowUnsafeRole: values.MCP_ALLOW_UNSAFE_ROLE,
    },
    queue: { max: values.MCP_QUEUE_MAX, timeoutMs: values.MCP_QUEUE_TIMEOUT },
    limits: {
      statementTimeoutMs: values.MCP_STATEMENT_TIMEOUT,
      lockTimeoutMs: values.MCP_LOCK_TIMEOUT,
      maxRows: values.MCP_MAX_ROWS,
      maxResultBytes: values.MCP_MAX_RESULT_BYTES,
    },
    analystRules: values.MCP_ANALYST_LIMITS,
    guard: {
      schemas: values.MCP_SCHEMAS,
      allowFunctions: values.MCP_ALLOW_FUNCTIONS,
      secondOpinion: values.MCP_GUARD_SECOND_OPINION,
    },
    http: {
      host: values.HOST,
      port: values.PORT,
      publicUrl: values.MCP_PUBLIC_URL,
      allowedHosts: values.MCP_ALLOWED_HOSTS,
      allowedOrigins: values.MCP_ALLOWED_ORIGINS,
      trustedProxies: values.MCP_TRUST_PROXY,
      rateLimitPerMinute: values.MCP_RATE_LIMIT,
      addressRateLimitPerMinute: values.MCP_RATE_LIMIT_ADDRESS,
      bodyLimitBytes: values.MCP_BODY_LIMIT,
    },
    auth: { tokens, tokensFile: values.MCP_TOKENS_FILE },
    state,
    signIn: signInOf(values),
    oauth: oauthOf(values),
    admin: { host: values.MCP_ADMIN_HOST, port: values.MCP_ADMIN_PORT, token: values.MCP_ADMIN_TOKEN },
    log: { level: values.LOG_LEVEL, sql: values.MCP_LOG_SQL },
    drainTimeoutMs: values.MCP_DRAIN_TIMEOUT,
  });
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
