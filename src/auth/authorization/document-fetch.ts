// Fetches client metadata documents, whose URLs strangers choose: https only, public addresses only and exactly the one that
// was checked, no redirects, small and quick, names included. The last good document of a site is kept, so that a site that
// is down for a while ends nobody's session; so many may be kept in a day that strangers cannot fill the state with theirs.
import { Resolver } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP } from 'node:net';
import { CodedError } from '../../base/errors.ts';
import type { OpenRecords } from '../../store/records.ts';
import { isFault } from './faults.ts';
import { currentNotes, notingFaults } from './request-notes.ts';

/** What fetching needs. */
export type DocumentFetchOptions = {
  readonly openRecords: OpenRecords;
  readonly isPublic: (address: string) => boolean;
  /** Throws where no further site's document may be kept today. */
  readonly admit?: (() => Promise<void>) | undefined;
  /** Certificates to trust beside the system's. */
  readonly ca?: string | undefined;
  /** Addresses of a host name; the name servers of the machine unless given. */
  readonly resolve?: ((host: string) => Promise<readonly string[]>) | undefined;
};

/** The part of `fetch` that the provider uses. */
export type DocumentFetch = (url: string | URL) => Promise<Response>;

type Target = {
  readonly url: URL;
  readonly address: string;
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
};

/** Documents are a few hundred bytes. */
export const maxDocumentBytes = 8 * 1024;

const deadlineMs = 2_500;
const keptSeconds = 7 * 86_400;
/** How long a kept document stands in before the site is asked again. */
const standInSeconds = 60;

/** A fetch over these options. A refusal of ours and a failure of the site reject; the site's own "no" is an answer. */
export function documentFetch({
  openRecords,
  isPublic,
  admit = async () => undefined,
  ca,
  resolve = nameServers(),
}: DocumentFetchOptions): DocumentFetch {
  const kept = openRecords<{ readonly body: string }>('oauth-document');
  return async (location) => {
    const url = new URL(location);
    const signal = AbortSignal.timeout(deadlineMs);
    try {
      const address = await within(signal, checkedAddress(url, isPublic, resolve));
      const response = await get({ url, address, ca, signal });
      if (response.status >= 500) throw unreachable(`status ${response.status}`);
      if (response.status === 200) await keep(await response.clone().text());
      return response;
    } catch (error) {
      if (error instanceof CodedError && error.code === 'AUTH_DOCUMENT_REFUSED') throw error;
      const standIn = await notingFaults(() => kept.get(url.href), isFault);
      if (standIn !== undefined)
        return answer(200, standIn.record.body, { 'cache-control': `max-age=${standInSeconds}` });
      const fault = error instanceof CodedError ? error : unreachable(String(error));
      const notes = currentNotes();
      if (notes !== undefined) notes.fault ??= fault;
      throw fault;
    }

    async function keep(body: string): Promise<void> {
      const names = namedClient(body);
      // A page of maintenance, say; a document of somebody else is the site's own word, and the provider refuses it.
      if (names === undefined) throw unreachable('its answer is no JSON object');
      if (names !== url.href) return;
      try {
        if ((await kept.get(url.href)) === undefined) await admit();
        await kept.put(url.href, { body }, { ttlSeconds: keptSeconds });
      } catch {
        // Without a place to keep it the document is as good today.
      }
    }
  };
}

/** The one address to connect to; every address of the name must be public, since any of them may be taken. */
async function checkedAddress(
  url: URL,
  isPublic: DocumentFetchOptions['isPublic'],
  resolve: NonNullable<DocumentFetchOptions['resolve']>,
): Promise<string> {
  if (url.protocol !== 'https:') throw refused('is not served by https');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  const [address] = addresses;
  if (address === undefined) throw unreachable('the name has no address');
  if (!addresses.every(isPublic)) throw refused('is not on the public Internet');
  return address;
}

/**
 * Asks name servers itself. The system's resolver blocks threads that the process has few of, so strangers with a silent name
 * server could keep it from finding its own database.
 */
function nameServers(): (host: string) => Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 600, tries: 2 });
  return async (host) => {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (addresses.length > 0) return addresses;
    throw unreachable(answers.map((one) => (one.status === 'rejected' ? String(one.reason) : '')).join('; '));
  };
}

/** The result of work that cannot be stopped, unless the signal comes first. */
function within<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(unreachable('no answer in time')), { once: true });
  return Promise.race([work, late]);
}

/** The client that a document says it is of; undefined where it is no JSON object. */
function namedClient(body: string): unknown {
  try {
    const document: unknown = JSON.parse(body);
    if (typeof document !== 'object' || document === null) return undefined;
    return 'client_id' in document ? document.client_id : null;
  } catch {
    return undefined;
  }
}

function get({ url, address, ca, signal }: Target): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      signal,
      agent: false,
      ca,
      headers: { accept: 'application/json', host: url.host },
      // The name is not looked up again: a second answer could be another one (DNS rebinding).
      lookup: (_host, options, done) => {
        const family = isIP(address);
        if (options.all === true) done(null, [{ address, family }]);
        else done(null, address, family);
      },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      readWithin(incoming).then((body) => resolve(responseOf(incoming, body)), reject);
    });
    outgoing.end();
  });
}

async function readWithin(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxDocumentBytes) throw refused(`is larger than ${maxDocumentBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function responseOf(incoming: IncomingMessage, body: string): Response {
  const { 'cache-control': cacheControl, expires } = incoming.headers;
  return answer(incoming.statusCode ?? 502, body, {
    ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
    ...(expires !== undefined && { expires }),
  });
}

/** A redirect is an answer like any other that is not 200: nobody follows it. */
function answer(status: number, body: string, headers: Record<string, string>): Response {
  const bodiless = status === 204 || status === 304 || status < 200;
  return new Response(bodiless ? null : body, { status: Math.max(200, status), headers });
}

function refused(reason: string): CodedError {
  return new CodedError('AUTH_DOCUMENT_REFUSED', `the client metadata document ${reason}`);
}

function unreachable(logDetail: string): CodedError {
  return new CodedError(
    'AUTH_DOCUMENT_UNREACHABLE',
    'the site of the client metadata document does not answer',
    {
      retryAfterSeconds: 5,
      logDetail,
    },
  );
}
