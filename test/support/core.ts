// The product's core over a real database, with a configuration of the defaults and every fact it reported kept.

import { type Core, createCore } from '../../src/app/core.ts';
import type { ProductEvent } from '../../src/base/events.ts';
import type { Configuration } from '../../src/config/configuration.ts';
import { settingsOf } from './database.ts';

/** Parts of the configuration that a test wants otherwise. */
export type ConfigurationChanges = {
  readonly [Part in keyof Configuration]?: Configuration[Part] extends object
    ? Partial<Configuration[Part]>
    : Configuration[Part];
};

/** A configuration for the database that the URL names. */
function configurationFor(url: string, changes: ConfigurationChanges = {}): Configuration {
  return {
    database: {
      connection: settingsOf(url),
      poolMax: 4,
      connectTimeoutMs: 5_000,
      idleTimeoutMs: 10_000,
      allowUnsafeRole: false,
      ...changes.database,
    },
    queue: { max: 50, timeoutMs: 10_000, ...changes.queue },
    limits: {
      statementTimeoutMs: 30_000,
      lockTimeoutMs: 2_000,
      maxRows: 10_000,
      maxResultBytes: 1_000_000,
      ...changes.limits,
    },
    analystRules: (changes.analystRules ?? []) as Configuration['analystRules'],
    guard: { schemas: [], allowFunctions: [], secondOpinion: false, ...changes.guard },
    http: {
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      allowedOrigins: [],
      trustedProxies: false,
      rateLimitPerMinute: 0,
      addressRateLimitPerMinute: 0,
      bodyLimitBytes: 1_000_000,
      ...changes.http,
    },
    auth: { tokens: [], ...changes.auth },
    admin: { host: '127.0.0.1', ...changes.admin },
    log: { level: 'silent', sql: false, ...changes.log },
    oauth: {
      accessLifeMs: 3_600_000,
      refreshLifeMs: 90 * 86_400_000,
      refreshGraceMs: 60_000,
      redirectUris: [],
      clientsPerDay: 1000,
      outageToleranceMs: 600_000,
      issuers: [],
      ...changes.oauth,
    },
    state: { url: 'memory:', isNamed: true, timeoutMs: 5_000, secrets: [], ...changes.state },
    drainTimeoutMs: changes.drainTimeoutMs ?? 5_000,
  };
}

export type OpenCore = {
  readonly core: Core;
  readonly configuration: Configuration;
  readonly events: ProductEvent[];
};

export function openCore(url: string, changes: ConfigurationChanges = {}): OpenCore {
  const events: ProductEvent[] = [];
  const configuration = configurationFor(url, changes);
  return { core: createCore(configuration, (event) => events.push(event)), configuration, events };
}
