// Asks an Elasticsearch server over Node's own HTTP client: JSON there and back, on connections that are kept. It knows no
// records; the official client is left out for its size (docs/decisions/0006-store-drivers.md).
import {
  type IncomingMessage,
  Agent as PlainAgent,
  type RequestOptions,
  request as requestPlain,
} from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import { answerTimeoutMs, storeUnavailable } from './bounded-call.ts';
import { accountOf, hostOf, urlProblem } from './url-parameters.ts';

/** What the server said: its status, and the JSON that came with it. */
export type Answer = { readonly status: number; readonly body: AnswerBody };

/** The fields of answers that the store reads; each is there or not, as the API of the request says. */
export type AnswerBody = {
  readonly _seq_no?: number;
  readonly _primary_term?: number;
  readonly _source?: unknown;
  readonly deleted?: number;
  readonly hits?: { readonly hits: readonly { readonly sort: readonly string[] }[] };
  readonly error?: { readonly type?: string; readonly reason?: string };
};

/** A client of one server. */
export type ElasticsearchClient = {
  /**
   * Gives answers up to status 409 (conflict) to the caller, who knows what they mean; 401, 403, 429 and all above are
   * STATE_UNAVAILABLE.
   */
  readonly ask: (method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: object) => Promise<Answer>;
  readonly close: () => void;
};

/** `elasticsearch://` asks over HTTP, `elasticsearch+https://` over TLS. Nothing is connected before the first request. */
export function elasticsearchClient(url: URL, apiKey: string | undefined): ElasticsearchClient {
  const encrypted = url.protocol === 'elasticsearch+https:';
  const agent = encrypted ? new TlsAgent(agentOptions) : new PlainAgent(agentOptions);
  const account = accountOf(url);
  if (account !== undefined && apiKey !== undefined) throw urlProblem('gives both an account and an api_key');
  const basic = account && `Basic ${Buffer.from(`${account.user}:${account.password}`).toString('base64')}`;
  const authorization = apiKey === undefined ? basic : `ApiKey ${apiKey}`;
  const options = {
    host: hostOf(url),
    port: Number(url.port || 9_200),
    agent,
    timeout: answerTimeoutMs,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(authorization !== undefined && { authorization }),
    },
  };
  return {
    ask: async (method, path, body) => {
      const answer = await exchange(encrypted, { ...options, method, path }, body);
      if (answer.status >= 429 || answer.status === 401 || answer.status === 403) throw refused(answer);
      return answer;
    },
    close: () => agent.destroy(),
  };
}

/** Idle connections are closed here before a server or proxy does it in the middle of a request. */
const agentOptions = { keepAlive: true, maxSockets: 8, timeout: 15_000 };

/** STATE_UNAVAILABLE for an answer that is none of those that a request may have. */
export function refused({ status, body }: Answer) {
  const words = `${status} ${body.error?.type ?? ''} ${body.error?.reason ?? ''}`;
  if (status === 401 || status === 403)
    return storeUnavailable(
      'the Elasticsearch server does not let the account of the store do this',
      'Give it the privileges of docs/how-to/choose-a-store.md.',
      words,
    );
  return storeUnavailable('the Elasticsearch server refused a request', undefined, words);
}

function exchange(encrypted: boolean, options: RequestOptions, body: object | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = encrypted ? requestTls(options) : requestPlain(options);
    request.on('error', reject);
    request.on('timeout', () => request.destroy());
    request.on('response', (response) => readAnswer(response).then(resolve, reject));
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const status = response.statusCode ?? 0;
  try {
    return { status, body: text === '' ? {} : JSON.parse(text) };
  } catch {
    throw storeUnavailable(
      'what answers is no Elasticsearch server',
      undefined,
      `${status} ${text.slice(0, 200)}`,
    );
  }
}
