// The state of the server: store, secrets and records out of the configuration, for whoever needs state. It is loaded only then.
import { randomBytes } from 'node:crypto';
import { CodedError, toCodedError } from '../base/errors.ts';
import type { Emit } from '../base/events.ts';
import type { Problem } from '../base/problem.ts';
import { needOfSecrets, parseStoreUrl } from '../base/store-url.ts';
import type { Configuration } from '../config/configuration.ts';
import { openStore } from '../store/backends/index.ts';
import { knownOwnSecrets, ownSecretFile, ownSecrets } from '../store/filetree/own-secret.ts';
import type { OpenRecords } from '../store/records.ts';
import { checkSeal } from '../store/seal-check.ts';
import { createOpenRecords } from '../store/sealed-records.ts';
import { createSealing, type Sealing } from '../store/sealing.ts';
import { startSweeping } from '../store/sweeping.ts';

/** State that is open. */
export type State = {
  readonly openRecords: OpenRecords;
  /** Keys for cookies, forms and the like, the newest first; see `Sealing`. */
  readonly deriveKeys: Sealing['deriveKeys'];
  readonly close: () => Promise<void>;
};

/** How state is opened. */
export type StateOptions = {
  readonly configuration: Pick<Configuration, 'state'>;
  readonly emit: Emit;
};

/** Longest time that the start waits for the store to say whether the secrets open it. */
const startDeadlineMs = 2_000;

/**
 * Opens state. A store that is down is no reason not to start: it is reported, and the first call finds it mended.
 * Throws CONFIG_INVALID where a promise is needed that the store does not give, where there is no secret and none may
 * be made, or where the secrets do not open what the store holds.
 */
export async function openState({ configuration, emit }: StateOptions): Promise<State> {
  const { url, timeoutMs } = configuration.state;
  const store = await openStore(url);
  try {
    if (!store.capabilities.keepsRecords) throw invalid('MCP_STATE_URL', dropsRecords(store.scheme));
    const sealing = createSealing(await secretsFor(configuration.state, emit));
    if (!store.capabilities.durable) emit({ kind: 'warning', message: forgets(store.scheme) });
    await checkAtStart(createOpenRecords({ store, sealing, deadlineMs: startDeadlineMs }), emit);
    const sweeping = startSweeping(store, { onFailure: (error) => emit(sweepFailure(error)) });
    return {
      openRecords: createOpenRecords({ store, sealing, deadlineMs: timeoutMs }),
      deriveKeys: sealing.deriveKeys,
      close: async () => {
        await sweeping.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * The secrets of the operator, or of the file tree itself; throws CONFIG_INVALID for a store that has none. A secret that the
 * tree made before the operator gave one goes on opening what it sealed.
 */
export async function secretsFor(state: Configuration['state'], emit: Emit): Promise<readonly string[]> {
  const parsed = parseStoreUrl(state.url);
  if (!('url' in parsed)) throw invalid('MCP_STATE_URL', parsed.reason);
  const { scheme, rest } = parsed.url;
  if (state.secrets.length > 0)
    return scheme === 'filetree' ? [...state.secrets, ...(await knownOwnSecrets(rest))] : state.secrets;
  const need = needOfSecrets(scheme);
  if (need !== undefined) throw invalid('MCP_STATE_SECRETS', need);
  if (scheme !== 'filetree') return [randomBytes(48).toString('base64url')];
  const secrets = await secretsInFolder(rest);
  emit({ kind: 'warning', message: ownSecretWarning(ownSecretFile(rest)) });
  return secrets;
}

/** Without a secret nothing can be sealed, so a folder that cannot be used keeps the server from starting. */
async function secretsInFolder(path: string): Promise<readonly string[]> {
  try {
    return await ownSecrets(path);
  } catch (error) {
    const { message, facts } = toCodedError(error);
    const words = facts.logDetail === undefined ? message : `${message} (${facts.logDetail})`;
    throw invalid('MCP_STATE_URL', `the folder ${path} cannot be used: ${words}`);
  }
}

async function checkAtStart(openRecords: OpenRecords, emit: Emit): Promise<void> {
  try {
    await checkSeal(openRecords);
  } catch (error) {
    const { code, message, facts } = toCodedError(error);
    if (code === 'STATE_UNREADABLE') throw invalid('MCP_STATE_SECRETS', `do not open the store: ${message}`);
    emit({
      kind: 'failure',
      message: `sign-in is not available until the store is: ${message}`,
      logDetail: facts.logDetail,
    });
  }
}

function sweepFailure(error: CodedError): Parameters<Emit>[0] {
  const message = `expired records stay for now, because ${error.message}`;
  return { kind: 'failure', message, logDetail: error.facts.logDetail };
}

function invalid(name: string, reason: string): CodedError {
  const example = name === 'MCP_STATE_SECRETS' ? 'the output of: openssl rand -base64 48' : undefined;
  const problems: Problem[] = [{ name, value: '(hidden)', reason, example }];
  return new CodedError('CONFIG_INVALID', 'the configuration has one problem', {
    problems,
    detail: `${name}: ${reason}`,
    hint: 'Mend the option that is named; docs/how-to/choose-a-store.md compares the stores.',
  });
}

const dropsRecords = (scheme: string): string =>
  `a store of the kind ${scheme} drops records when its memory is full, so it cannot keep who has signed in`;

const forgets = (scheme: string): string =>
  `MCP_STATE_URL is ${scheme}:, so everybody is signed out when the process ends, and other replicas do not know who has signed in.`;

const ownSecretWarning = (file: string): string =>
  `MCP_STATE_SECRETS is not set, so the key of the state lies in ${file} beside what it seals: whoever copies the folder can read who has signed in, and if the file is lost everybody has to sign in again.`;
