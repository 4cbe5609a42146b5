// The DynamoDB table of the state: read from the URL, and made where it is missing. It knows no records.
import type { DynamoDB } from '@aws-sdk/client-dynamodb';
import { answerTimeoutMs, connectTimeoutMs, storeUnavailable } from './bounded-call.ts';
import { accountOf, plainName, readParameters, urlProblem } from './url-parameters.ts';

/** One table, and what it takes to say something to it. */
export type Table = { readonly client: DynamoDB; readonly name: string };

/** Makes the table where a call finds none. A new table takes seconds: calls meanwhile end with STATE_UNAVAILABLE. */
export function tablePreparation(table: Table) {
  const ending = new AbortController();
  let making: Promise<void> | undefined;
  const make = (): Promise<void> => {
    making ??= makeTable(table, ending.signal).finally(() => {
      making = undefined;
    });
    return making;
  };
  return {
    around: async <Result>(work: () => Promise<Result>): Promise<Result> => {
      try {
        return await work();
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundException')) throw error;
        await make();
        return work();
      }
    },
    end: () => ending.abort(),
  };
}

async function makeTable({ client, name }: Table, signal: AbortSignal): Promise<void> {
  const attributes = ['record_collection', 'record_key'];
  try {
    await client.createTable({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes.map((one) => ({ AttributeName: one, AttributeType: 'S' })),
      KeySchema: attributes.map((one, place) => ({
        AttributeName: one,
        KeyType: place === 0 ? 'HASH' : 'RANGE',
      })),
    });
  } catch (error) {
    if (isNamed(error, 'AccessDeniedException'))
      throw storeUnavailable(
        'the table of the state does not exist, and the account of the store may not create it',
        'Create it with the aws command of docs/how-to/choose-a-store.md, or allow dynamodb:CreateTable.',
        error,
      );
    if (!isNamed(error, 'ResourceInUseException')) throw error;
  }
  for (let status: string | undefined; status !== 'ACTIVE'; ) {
    await pause(200, signal);
    status = (await client.describeTable({ TableName: name })).Table?.TableStatus;
  }
  const lifetime = { AttributeName: 'expires_at', Enabled: true };
  // Without it the table only grows until `state sweep` runs: worth trying, not worth failing for.
  await client
    .updateTimeToLive({ TableName: name, TimeToLiveSpecification: lifetime })
    .catch(() => undefined);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', ended);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', ended, { once: true });
  });
}

/** Table, region, endpoint and account of `dynamodb://region/table?endpoint=…`. */
export function readTable(url: URL) {
  const { endpoint } = readParameters(url, { endpoint: { pattern: /^https?:\/\/\S+$/, form: 'a URL' } });
  const account = accountOf(url);
  const name = url.pathname.slice(1);
  if (!plainName.pattern.test(name))
    throw urlProblem('needs a region and a table, as in dynamodb://region/table');
  const settings = {
    region: url.hostname,
    ...(endpoint !== undefined && { endpoint }),
    ...(account !== undefined && {
      credentials: { accessKeyId: account.user, secretAccessKey: account.password },
    }),
    // A take that is sent twice would lose what the first one took: a lost answer is the caller's failure to see.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: answerTimeoutMs,
      throwOnRequestTimeout: true,
      // Idle connections are closed here before the server does it in the middle of a request.
      httpAgent: { keepAlive: true, timeout: 15_000 },
      httpsAgent: { keepAlive: true, timeout: 15_000 },
    },
  };
  return { name, settings };
}

/** Whether the SDK threw the exception of this name. */
export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
