// The shape of the configuration that the rest of the program gets; it is read once and never changes.
import type { ConnectionSettings } from '../base/connection-settings.ts';
import type { TokenDigest } from '../base/principal.ts';

/** What the configuration is read for: HTTP needs analysts, stdio runs in an environment that belongs to the client. */
export type Purpose = 'serve' | 'stdio';

/** Proxies whose X-Forwarded-For is believed: nobody, everybody, or those addresses and networks. */
export type TrustedProxies = boolean | readonly string[];

/** pino's levels. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** One of pino's levels. */
export type LogLevel = (typeof logLevels)[number];

/** The effective configuration, frozen. Times are milliseconds, sizes bytes; an empty list means "no restriction". */
export type Configuration = {
  readonly database: {
    readonly connection: ConnectionSettings;
    readonly poolMax: number;
    readonly connectTimeoutMs: number;
    readonly idleTimeoutMs: number;
    readonly allowUnsafeRole: boolean;
  };
  readonly queue: { readonly max: number; readonly timeoutMs: number };
  readonly limits: {
    readonly statementTimeoutMs: number;
    readonly lockTimeoutMs: number;
    readonly maxRows: number;
    readonly maxResultBytes: number;
  };
  readonly guard: {
    readonly schemas: readonly string[];
    readonly allowFunctions: readonly string[];
    readonly secondOpinion: boolean;
  };
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly publicUrl?: string | undefined;
    readonly allowedHosts: readonly string[];
    readonly allowedOrigins: readonly string[];
    readonly trustedProxies: TrustedProxies;
    /** Requests a minute; 0 switches the limit off. */
    readonly rateLimitPerMinute: number;
    readonly addressRateLimitPerMinute: number;
    readonly bodyLimitBytes: number;
  };
  readonly auth: { readonly tokens: readonly TokenDigest[]; readonly tokensFile?: string | undefined };
  readonly state: {
    /** As in MCP_STATE_URL; it may hold a password. */
    readonly url: string;
    /** True where the operator named the place, false for the data folder of the account. */
    readonly isNamed: boolean;
    /** The first seals, all open; empty where the operator gave none. */
    readonly secrets: readonly string[];
  };
  /** The listener for metrics; it is off where `port` is absent. */
  readonly admin: {
    readonly host: string;
    readonly port?: number | undefined;
    readonly token?: string | undefined;
  };
  readonly log: { readonly level: LogLevel; readonly sql: boolean };
  readonly drainTimeoutMs: number;
};
