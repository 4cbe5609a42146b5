// The shape of the configuration that the rest of the program gets; it is read once and never changes.
import type { AnalystRule } from '../base/analyst-limits.ts';
import type { ConnectionSettings } from '../base/connection-settings.ts';
import type { TokenDigest } from '../base/principal.ts';

/**
 * What the configuration is read for: HTTP needs analysts, stdio runs in an environment that belongs to the client. A
 * check judges as HTTP does, and only warns where there are no analysts, since stdio needs none.
 */
export type Purpose = 'serve' | 'stdio' | 'check';

/** Proxies whose X-Forwarded-For is believed: nobody, everybody, or those addresses and networks. */
export type TrustedProxies = boolean | readonly string[];

/** pino's levels. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** One of pino's levels. */
export type LogLevel = (typeof logLevels)[number];

/** What MCP_SIGN_IN takes; off stands alone. */
export const signInWays = [
  'off',
  'key',
  'oidc',
  'entra',
  'google',
  'okta',
  'auth0',
  'keycloak',
  'github',
] as const;

/** An identity provider that MCP_SIGN_IN names. */
export type ProviderName = Exclude<(typeof signInWays)[number], 'off' | 'key'>;

/** How analysts sign in when a client connects by OAuth. */
export type SignInConfiguration = {
  /** Analysts may paste their key. */
  readonly keys: boolean;
  /** Absent where keys are the only way. An issuer is an https URL, or http on a loopback name. */
  readonly provider?:
    | {
        readonly name: ProviderName;
        readonly issuer?: string | undefined;
        readonly clientId: string;
        readonly clientSecret: string;
        readonly groupsClaim?: string | undefined;
      }
    | undefined;
  readonly allowed: {
    readonly domains: readonly string[];
    readonly groups: readonly string[];
    readonly users: readonly string[];
  };
  readonly toleranceMs: number;
  readonly contact?: string | undefined;
};

/** An authorization server whose access tokens are taken; it issues them, this server only checks them. */
export type ExternalIssuer = {
  /** As its tokens say it in `iss`, to the letter. */
  readonly issuer: string;
  /** As its tokens say it in `aud`; the URL of the MCP endpoint where it is left out. */
  readonly audience?: string | undefined;
  /** Scope that a token must hold. */
  readonly scope: string;
  /** Claim that becomes the analyst's name. */
  readonly nameClaim: string;
};

/** What is decided about access tokens, our own and those of others. Times are milliseconds. */
export type OauthConfiguration = {
  readonly accessLifeMs: number;
  readonly refreshLifeMs: number;
  readonly refreshGraceMs: number;
  readonly redirectUris: readonly string[];
  readonly clientsPerDay: number;
  readonly outageToleranceMs: number;
  readonly issuers: readonly ExternalIssuer[];
};

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
  /** Further limits of single analysts. */
  readonly analystRules: readonly AnalystRule[];
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
    /** Longest wait for one call. */
    readonly timeoutMs: number;
    /** The first seals, all open; empty where the operator gave none. */
    readonly secrets: readonly string[];
  };
  /** Absent where sign-in is off. */
  readonly signIn?: SignInConfiguration | undefined;
  readonly oauth: OauthConfiguration;
  /** The listener for metrics; it is off where `port` is absent. */
  readonly admin: {
    readonly host: string;
    readonly port?: number | undefined;
    readonly token?: string | undefined;
  };
  readonly log: { readonly level: LogLevel; readonly sql: boolean };
  readonly drainTimeoutMs: number;
};
