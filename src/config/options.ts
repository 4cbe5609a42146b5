// The one table of options: parser, --help, .env.example, the reference page and `config` all come from it.
import { sslModes } from '../base/connection-settings.ts';
import { analystLimits } from './analyst-limits.ts';
import { logLevels, signInWays } from './configuration.ts';
import { issuerList } from './issuer-list.ts';
import * as kind from './option-values.ts';

/** What the table says about an option beside its kind and default. */
export type OptionFacts = {
  readonly section: OptionSection;
  /** One or two sentences: what it does and what follows from it. */
  readonly meaning: string;
  readonly example: string;
  /** Never printed; also read from the file named by NAME_FILE. */
  readonly secret?: boolean;
  /** True where SIGHUP makes a running server read it again. */
  readonly reloadable?: boolean;
  /** First version that knows it. */
  readonly since?: string;
};

/** One option. `fallback` is the default as an operator would write it. */
export type Option<Value> = OptionFacts & {
  readonly kind: kind.ValueKind<Value>;
  readonly fallback?: string | undefined;
};

/** Headings under which options are listed, in this order. */
export const optionSections = {
  database: 'Database',
  analysts: 'Analysts',
  signIn: 'Sign-in',
  oauth: 'OAuth',
  limits: 'Limits',
  guard: 'Guard',
  http: 'HTTP',
  state: 'State',
  operations: 'Operations',
} as const;

/** Key of a heading. */
export type OptionSection = keyof typeof optionSections;

const optional = <Value>(of: kind.ValueKind<Value>, facts: OptionFacts): Option<Value | undefined> => ({
  ...facts,
  kind: of,
});
const defaulted = <Value>(
  of: kind.ValueKind<Value>,
  fallback: string,
  facts: OptionFacts,
): Option<Value> => ({
  ...facts,
  kind: of,
  fallback,
});

/** Every option by the name of its variable. */
export const options = {
  DATABASE_URL: optional(kind.text, {
    section: 'database',
    meaning:
      'Where Postgres is and who logs in, as a libpq URI. Parts that it leaves out come from PGHOST and the other PG variables. sslmode behaves as libpq’s does.',
    example: 'postgres://analytics_ro:secret@db.example.com:5432/fleet?sslmode=verify-full',
    secret: true,
  }),
  PGHOST: optional(kind.text, {
    section: 'database',
    meaning: 'Host name, address or folder of the Unix-domain socket (it begins with a slash).',
    example: 'db.example.com',
  }),
  PGPORT: optional(kind.integer(1, 65_535), {
    section: 'database',
    meaning: 'Port; 5432 where it is left out.',
    example: '5432',
  }),
  PGUSER: optional(kind.text, {
    section: 'database',
    meaning: 'Role that logs in.',
    example: 'analytics_ro',
  }),
  PGPASSWORD: optional(kind.text, {
    section: 'database',
    meaning: 'Password of that role.',
    example: 'secret',
    secret: true,
  }),
  PGDATABASE: optional(kind.text, {
    section: 'database',
    meaning: 'Database; the name of the role where it is left out.',
    example: 'fleet',
  }),
  PGSSLMODE: optional(kind.oneOf(sslModes), {
    section: 'database',
    meaning:
      'How the connection is encrypted; prefer where it is left out. Only verify-full proves that the server is the right one.',
    example: 'verify-full',
  }),
  PGSSLROOTCERT: optional(kind.text, {
    section: 'database',
    meaning:
      'File of the root certificates that the server’s certificate is checked against, or the word system.',
    example: '/etc/pg-analytics-mcp/root.crt',
  }),
  PGSSLCERT: optional(kind.filePath, {
    section: 'database',
    meaning: 'File of the client certificate.',
    example: '/etc/pg-analytics-mcp/client.crt',
  }),
  PGSSLKEY: optional(kind.filePath, {
    section: 'database',
    meaning: 'File of the client key.',
    example: '/etc/pg-analytics-mcp/client.key',
  }),
  PGPASSFILE: optional(kind.filePath, {
    section: 'database',
    meaning: 'Password file in libpq’s format; ~/.pgpass where it is left out.',
    example: '/run/secrets/pgpass',
  }),
  PGAPPNAME: optional(kind.text, {
    section: 'database',
    meaning: 'application_name of the server’s connections; pg-analytics-mcp where it is left out.',
    example: 'fleet-analytics',
  }),
  MCP_POOL_MAX: defaulted(kind.integer(1, 1000), '8', {
    section: 'database',
    meaning:
      'Most connections to Postgres, and most queries at once; further queries wait. Replicas × MCP_POOL_MAX must stay below the connection limit of the role and below max_connections.',
    example: '8',
  }),
  MCP_CONNECT_TIMEOUT: defaulted(kind.duration('100ms', '5min'), '5s', {
    section: 'database',
    meaning: 'Longest wait for one login, whatever keeps the database silent.',
    example: '5s',
  }),
  MCP_IDLE_TIMEOUT: defaulted(kind.duration('1s', '1d'), '30s', {
    section: 'database',
    meaning:
      'Time after which an idle connection is closed, so that a quiet server holds none. Keep it below idle_session_timeout of the role (5min in the role script).',
    example: '30s',
  }),
  MCP_ALLOW_UNSAFE_ROLE: defaulted(kind.onOff, 'off', {
    section: 'database',
    meaning:
      'Serve although the role could change data: a superuser, one with BYPASSRLS, or one that may write. The guard and the read-only transaction are then the only layers left.',
    example: 'off',
  }),
  MCP_TOKENS: optional(kind.text, {
    section: 'analysts',
    meaning:
      'Analysts and their bearer tokens, name:token pairs between commas. Prefer MCP_TOKENS_FILE, which holds digests only.',
    example: 'sonia:pgam_S0mEtHiNgL0nGaNdRaNd0m',
    secret: true,
  }),
  MCP_TOKENS_FILE: optional(kind.filePath, {
    section: 'analysts',
    meaning:
      'File with one analyst per line: name sha256:digest, as the command token prints it. Plain name:token lines are taken with a warning.',
    example: '/etc/pg-analytics-mcp/tokens',
    reloadable: true,
  }),
  MCP_SIGN_IN: defaulted(kind.list(kind.oneOf(signInWays)), 'off', {
    section: 'signIn',
    meaning:
      'How analysts sign in when a client such as Claude connects by OAuth: off, key (they paste the key that the command token made), one identity provider, or one and key between commas.',
    example: 'entra',
  }),
  MCP_SIGN_IN_ISSUER: optional(kind.webUrl, {
    section: 'signIn',
    meaning:
      'The identity provider: the issuer of an OpenID provider, Okta, Auth0 or Keycloak (the realm’s URL); for entra https://login.microsoftonline.com/ and the tenant; for github the address of a GitHub Enterprise Server. google needs none.',
    example: 'https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47',
  }),
  MCP_SIGN_IN_CLIENT_ID: optional(kind.text, {
    section: 'signIn',
    meaning: 'Id of the application that is registered there for this server.',
    example: '11111111-2222-3333-4444-555555555555',
  }),
  MCP_SIGN_IN_CLIENT_SECRET: optional(kind.text, {
    section: 'signIn',
    meaning: 'Its secret.',
    example: 'S0mEtHiNgL0nG',
    secret: true,
  }),
  MCP_SIGN_IN_ALLOW_DOMAINS: defaulted(kind.list(kind.mailDomain), '', {
    section: 'signIn',
    meaning:
      'Domains of the e-mail addresses that are let in, between commas, exactly: example.com does not cover mail.example.com. Only addresses that the provider vouches for count.',
    example: 'example.com',
  }),
  MCP_SIGN_IN_ALLOW_GROUPS: defaulted(kind.list(kind.text), '', {
    section: 'signIn',
    meaning:
      'Groups that are let in, as the provider names them (entra: object ids; github: organisation or organisation/team). With domains too, both must hold.',
    example: 'analysts',
  }),
  MCP_SIGN_IN_ALLOW_USERS: defaulted(kind.list(kind.text), '', {
    section: 'signIn',
    meaning:
      'People who are let in whatever their domain and groups: verified e-mail addresses, or subjects as the provider names them.',
    example: 'ann@partner.example',
  }),
  MCP_SIGN_IN_GROUPS_CLAIM: optional(kind.text, {
    section: 'signIn',
    meaning:
      'Claim that holds the groups; groups where it is left out. Auth0 wants a name with a namespace of your own; entra also knows roles.',
    example: 'https://analytics.example.com/groups',
  }),
  MCP_SIGN_IN_TOLERANCE: defaulted(kind.duration('0ms', '30d'), '1d', {
    section: 'signIn',
    meaning:
      'How long sessions go on while the identity provider cannot be asked whether the account still exists. Whom it has ended is out at the next refresh.',
    example: '1d',
  }),
  MCP_SIGN_IN_CONTACT: optional(kind.text, {
    section: 'signIn',
    meaning:
      'Whom people are told to ask who are not let in; the operator of this server where it is left out.',
    example: 'the data team (data@example.com)',
  }),
  MCP_OAUTH_ACCESS_LIFE: defaulted(kind.duration('1min', '1d'), '1h', {
    section: 'oauth',
    meaning:
      'Life of an access token. Ending a session ends its access tokens within seconds, so a shorter life gains little and costs a refresh each time.',
    example: '1h',
  }),
  MCP_OAUTH_REFRESH_LIFE: defaulted(kind.duration('1h', '365d'), '90d', {
    section: 'oauth',
    meaning:
      'Time without use after which an analyst must sign in again; every use begins it anew. Keep it above the longest holiday.',
    example: '90d',
  }),
  MCP_OAUTH_REFRESH_GRACE: defaulted(kind.duration('0s', '10min'), '60s', {
    section: 'oauth',
    meaning:
      'For how long a refresh token that was used may come again: it gets the same successor. Claude refreshes from two addresses at once. After it the token counts as stolen, and its session ends.',
    example: '60s',
  }),
  MCP_OAUTH_REDIRECTS: defaulted(kind.list(kind.redirectUri), '', {
    section: 'oauth',
    meaning:
      'Further redirect URIs that clients may have, between commas, compared exactly. Those of Claude (claude.ai and claude.com) and loopback addresses always are allowed.',
    example: 'https://chat.example.com/oauth/callback',
  }),
  MCP_OAUTH_CLIENTS_PER_DAY: defaulted(kind.integer(0, 1_000_000), '1000', {
    section: 'oauth',
    meaning:
      'Most clients that may register themselves in a day, on all replicas together, a tenth of them from one address; those that nobody uses are forgotten after a day. 0 leaves clients that publish a metadata document.',
    example: '1000',
  }),
  MCP_OAUTH_OUTAGE_TOLERANCE: defaulted(kind.duration('0s', '1d'), '10min', {
    section: 'oauth',
    meaning:
      'For how long access tokens that were in use go on while the state cannot be read. A session that is ended meanwhile goes on for as long.',
    example: '10min',
  }),
  MCP_OAUTH_ISSUERS: defaulted(issuerList, '', {
    section: 'oauth',
    meaning:
      'External authorization servers whose access tokens are taken, between commas: the issuer’s URL, then audience=, scope= and name= as needed (the MCP endpoint, analytics:read and sub where they are left out).',
    example:
      'https://login.example.com audience=api://analytics scope=analytics.read name=preferred_username',
  }),
  MCP_STATEMENT_TIMEOUT: defaulted(kind.duration('1ms', '1d'), '30s', {
    section: 'limits',
    meaning:
      'Longest run of one statement, enforced by Postgres (statement_timeout) and by the server as backstop.',
    example: '30s',
  }),
  MCP_LOCK_TIMEOUT: defaulted(kind.duration('1ms', '1h'), '2s', {
    section: 'limits',
    meaning: 'Longest wait of a statement for a lock that somebody else holds (lock_timeout).',
    example: '2s',
  }),
  MCP_MAX_ROWS: defaulted(kind.integer(1, 10_000_000), '10000', {
    section: 'limits',
    meaning: 'Most rows that one answer may hold. An answer that is cut says so and names this limit.',
    example: '10000',
  }),
  MCP_MAX_RESULT_BYTES: defaulted(kind.size('1kB', '1GB'), '1MB', {
    section: 'limits',
    meaning: 'Most bytes of one answer, whatever the number of rows. It also bounds the memory of a query.',
    example: '1MB',
  }),
  MCP_ANALYST_LIMITS: defaulted(analystLimits, '', {
    section: 'limits',
    meaning:
      'Further limits of single analysts, between commas: who:limit=value. Who is a name, @ and a group of the identity provider, or * for everybody; the name counts before groups, groups before *. Limits are queries (at once), statement_timeout, max_rows and max_result_bytes; the smallest of the server’s, the analyst’s and the request’s holds.',
    example: '*:queries=4, sonia:queries=8, @contractors:max_rows=1000, @contractors:statement_timeout=10s',
  }),
  MCP_QUEUE_MAX: defaulted(kind.integer(0, 100_000), '256', {
    section: 'limits',
    meaning:
      'Most queries that wait for a connection; the next one is told to come back (QUEUE_FULL). A waiting query holds a few kilobytes; MCP_QUEUE_TIMEOUT bounds how long it waits.',
    example: '256',
  }),
  MCP_QUEUE_TIMEOUT: defaulted(kind.duration('1ms', '10min'), '10s', {
    section: 'limits',
    meaning: 'Longest wait of a query for a connection (QUEUE_TIMEOUT).',
    example: '10s',
  }),
  MCP_SCHEMAS: defaulted(kind.list(kind.identifier), '', {
    section: 'guard',
    meaning:
      'Schemas that analysts see, between commas; all that the role may read where it is empty. System schemas stay out.',
    example: 'reporting,fuel',
  }),
  MCP_ALLOW_FUNCTIONS: defaulted(kind.list(kind.identifier), '', {
    section: 'guard',
    meaning:
      'User-defined functions that analysts may call, as schema.name between commas. Postgres runs what they do: a SECURITY DEFINER function may write.',
    example: 'reporting.distance_km',
  }),
  MCP_GUARD_SECOND_OPINION: defaulted(kind.onOff, 'off', {
    section: 'guard',
    meaning:
      'Let a second, independent parser veto what Postgres’ own grammar has passed. It can only refuse, and costs milliseconds.',
    example: 'off',
  }),
  HOST: defaulted(kind.hostName, '127.0.0.1', {
    section: 'http',
    meaning: 'Address to listen on. 0.0.0.0 means every address of the machine; say MCP_PUBLIC_URL then.',
    example: '0.0.0.0',
  }),
  PORT: defaulted(kind.integer(0, 65_535), '8080', {
    section: 'http',
    meaning: 'Port to listen on; 0 takes a free one.',
    example: '8080',
  }),
  MCP_PUBLIC_URL: optional(kind.webUrl, {
    section: 'http',
    meaning: 'How the world reaches this server: its host is accepted in Host and Origin.',
    example: 'https://analytics.example.com',
  }),
  MCP_ALLOWED_HOSTS: defaulted(kind.list(kind.hostName), '', {
    section: 'http',
    meaning:
      'Further names accepted in the Host header, between commas, with or without port. Loopback names and the host of MCP_PUBLIC_URL always are; * allows all. It stops DNS rebinding.',
    example: 'analytics.internal:8080',
  }),
  MCP_ALLOWED_ORIGINS: defaulted(kind.list(kind.webOrigin), '', {
    section: 'http',
    meaning:
      'Further origins, beside that of MCP_PUBLIC_URL, from which a page in a browser may call, between commas; * allows all. Requests without Origin (every client that is no browser) pass.',
    example: 'https://chat.example.com',
  }),
  MCP_TRUST_PROXY: defaulted(kind.proxies, 'off', {
    section: 'http',
    meaning:
      'Proxies whose X-Forwarded-For names the client: addresses, networks, loopback, linklocal, uniquelocal. With on, anyone who reaches the port can invent an address.',
    example: '10.0.0.0/8',
  }),
  MCP_RATE_LIMIT: defaulted(kind.integer(0, 1_000_000_000), '600', {
    section: 'http',
    meaning: 'Most MCP messages of one analyst in a minute; 0 switches the limit off.',
    example: '600',
  }),
  MCP_RATE_LIMIT_ADDRESS: defaulted(kind.integer(0, 1_000_000_000), '3000', {
    section: 'http',
    meaning: 'Most requests from one address in a minute, proved or not; 0 switches the limit off.',
    example: '3000',
  }),
  MCP_BODY_LIMIT: defaulted(kind.size('1kB', '64MB'), '1MB', {
    section: 'http',
    meaning: 'Largest body of a request, or line over stdio (DOOR_BODY_TOO_LARGE).',
    example: '1MB',
  }),
  MCP_STATE_URL: optional(kind.storeUrl, {
    section: 'state',
    meaning:
      'Where the server keeps its state: who has signed in, and what analysts saved. A file tree in the data folder of the account where it is left out. docs/how-to/choose-a-store.md compares the kinds.',
    example: 'filetree:/var/lib/pg-analytics-mcp',
    secret: true,
  }),
  MCP_STATE_TIMEOUT: defaulted(kind.duration('10ms', '10s'), '150ms', {
    section: 'state',
    meaning:
      'Longest wait for one call of the store; then sign-in is told to come back (503), and tokens that were proved lately go on working. Raise it where the disk or network of the store is slower.',
    example: '150ms',
  }),
  MCP_STATE_SECRETS: defaulted(kind.list(kind.sealingSecret), '', {
    section: 'state',
    meaning:
      'Secrets that seal the state, between commas, each of 32 bytes or more: the first seals, all of them open. Put a new one first and keep the old one until the command state reseal has run; whoever loses them loses every session.',
    example: 'N3w0n3-0f-32-bytes-0r-m0re-h3x-0r-base64,0ld0n3-0f-32-bytes-0r-m0re-h3x-0r-base64',
    secret: true,
  }),
  MCP_ADMIN_PORT: optional(kind.integer(0, 65_535), {
    section: 'operations',
    meaning: 'Port of the listener for /metrics; there is none where it is left out.',
    example: '9090',
  }),
  MCP_ADMIN_HOST: defaulted(kind.hostName, '127.0.0.1', {
    section: 'operations',
    meaning: 'Address of the listener for /metrics.',
    example: '0.0.0.0',
  }),
  MCP_ADMIN_TOKEN: optional(kind.text, {
    section: 'operations',
    meaning: 'Bearer token that /metrics asks for; without one whoever reaches the admin port may read.',
    example: 'pgam_S0mEtHiNgL0nGaNdRaNd0m',
    secret: true,
  }),
  MCP_CONFIG: optional(kind.filePath, {
    section: 'operations',
    meaning:
      'YAML file with options under the names of this page, for what does not fit a variable; lists may be sequences. The environment wins over it.',
    example: '/etc/pg-analytics-mcp/config.yaml',
  }),
  LOG_LEVEL: defaulted(kind.oneOf(logLevels), 'info', {
    section: 'operations',
    meaning: 'Least grave kind of line that is logged. Lines are JSON and go to standard error.',
    example: 'warn',
  }),
  MCP_LOG_SQL: defaulted(kind.onOff, 'off', {
    section: 'operations',
    meaning:
      'Write the text of every statement into the log. Texts may hold personal data; the fingerprint is always logged.',
    example: 'off',
  }),
  MCP_DRAIN_TIMEOUT: defaulted(kind.duration('0ms', '1h'), '10s', {
    section: 'operations',
    meaning:
      'Time that running queries get to finish after SIGTERM before they are cancelled. Keep it below the grace period of the container.',
    example: '10s',
  }),
} as const satisfies Record<string, Option<unknown>>;

/** Name of an option. */
export type OptionName = keyof typeof options;

/** The parsed values by name. */
export type OptionValues = {
  readonly [Name in OptionName]: (typeof options)[Name] extends Option<infer Value> ? Value : never;
};

/** Names in the order of the table. */
export const optionNames = Object.keys(options) as OptionName[];

/** True where the text names an option. */
export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(options, name);
}
