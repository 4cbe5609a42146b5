// What the doctor finds out about the state: whether it is needed, can be reached, is quick enough, and opens. It leaves
// nothing behind and makes no store.
import { randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CodedError } from '../base/errors.ts';
import { parseStoreUrl, storeSchemes } from '../base/store-url.ts';
import type { Configuration } from '../config/configuration.ts';
import { openStore } from '../store/backends/index.ts';
import { createOpenRecords } from '../store/sealed-records.ts';
import { createSealing } from '../store/sealing.ts';
import type { Store, StoreCapabilities } from '../store/store.ts';
import type { Finding } from './finding.ts';
import { secretsFor } from './state.ts';

const check = 'state';

/** Patience of the doctor, who wants to know how slow a store is. */
const deadlineMs = 10_000;

/** Findings about the store. Throws what the store throws; the caller makes a finding of it. */
export async function* stateFindings(configuration: Configuration): AsyncGenerator<Finding> {
  const { state, signIn } = configuration;
  if (signIn === undefined && !state.isNamed) {
    yield { check, state: 'ok', found: 'not needed, as nobody signs in (MCP_SIGN_IN)' };
    return;
  }
  const missing = missingPlace(state.url);
  if (missing !== undefined) {
    yield missingFinding(missing);
    return;
  }
  const store = await openStore(state.url);
  try {
    yield* promiseFindings(store, pathOf(state.url));
    yield* openFindings(store, state);
  } finally {
    await store.close();
  }
}

/** Nothing is made, so the nearest folder that exists has to tell whether the server could. */
function missingFinding(path: string): Finding {
  let nearest = dirname(path);
  while (!existsSync(nearest)) nearest = dirname(nearest);
  if (isWritableFolder(nearest))
    return { check, state: 'ok', found: `nothing there yet; the server will make ${path}` };
  const found = `${path} cannot be made: ${nearest} is not a folder to write to`;
  return {
    check,
    state: 'failed',
    found,
    todo: 'Let this account write there, or name another MCP_STATE_URL.',
  };
}

function isWritableFolder(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function* promiseFindings({ scheme, capabilities }: Store, path: string | undefined): Generator<Finding> {
  const { keepsRecords, durable } = capabilities;
  const todo = 'Choose another MCP_STATE_URL; docs/how-to/choose-a-store.md compares them.';
  const found = `${scheme}${path === undefined ? '' : ` in ${path}`}: ${promises(capabilities)}`;
  if (!keepsRecords) yield { check, state: 'failed', found: `${found}; it drops records`, todo };
  else if (!durable) yield { check, state: 'warning', found, todo };
  else yield { check, state: 'ok', found };
}

async function* openFindings(store: Store, state: Configuration['state']): AsyncGenerator<Finding> {
  const warnings: string[] = [];
  const secrets = await secretsFor(state, (event) => {
    if (event.kind === 'warning') warnings.push(event.message);
  });
  for (const found of warnings)
    yield {
      check,
      state: 'warning',
      found,
      todo: 'Set MCP_STATE_SECRETS, and keep it apart from the folder.',
    };
  const openRecords = createOpenRecords({ store, sealing: createSealing(secrets), deadlineMs });
  await openRecords('state').get('seal');
  const records = openRecords<string>('state');
  const id = `check ${randomUUID()}`;
  const startedAt = performance.now();
  await records.put(id, 'check', { ttlSeconds: 60 });
  const tookMs = performance.now() - startedAt;
  const taken = await records.take(id);
  if (taken?.record !== 'check') throw new CodedError('STATE_UNAVAILABLE', 'the store lost a record at once');
  yield speedFinding(tookMs, state.timeoutMs);
  yield* modeFindings(state.url);
}

function speedFinding(tookMs: number, timeoutMs: number): Finding {
  const found = `opens with the secrets; a write took ${Math.ceil(tookMs)} ms`;
  if (tookMs < timeoutMs / 2) return { check, state: 'ok', found };
  const todo = `Calls that take ${timeoutMs} ms (MCP_STATE_TIMEOUT) count as failed. Use a store that is nearer or quicker.`;
  return { check, state: tookMs < timeoutMs ? 'warning' : 'failed', found, todo };
}

/** Others on the machine must not read the folder or file of a store. */
function* modeFindings(url: string): Generator<Finding> {
  const path = pathOf(url);
  if (path === undefined || process.platform === 'win32') return;
  if ((statSync(path).mode & 0o077) === 0) return;
  yield { check, state: 'warning', found: `others may look into ${path}`, todo: `Run: chmod go-rwx ${path}` };
}

function missingPlace(url: string): string | undefined {
  const path = pathOf(url);
  return path !== undefined && !existsSync(path) ? resolve(path) : undefined;
}

function pathOf(url: string): string | undefined {
  const parsed = parseStoreUrl(url);
  if (!('url' in parsed) || storeSchemes[parsed.url.scheme].rest !== 'path') return undefined;
  return parsed.url.rest;
}

function promises({ durable, shared }: StoreCapabilities): string {
  const outlives = durable ? 'outlives the process' : 'ends with the process or the service';
  return `${outlives}, ${shared === 'no' ? 'for one server' : `may be shared on ${shared}`}`;
}
