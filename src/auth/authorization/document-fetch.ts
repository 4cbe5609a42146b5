// Fetches client metadata documents, whose URLs strangers choose: https only, public addresses only and exactly the one that
// was checked, no redirects, small and quick. The last good document of a site is kept, so that a site that is down for a
// while ends nobody's session.
import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { isIP } from 'node:net';
import { CodedError } from '../../base/errors.ts';
import type { OpenRecords } from '../../store/records.ts';
import { currentNotes } from './request-notes.ts';

/** What fetching needs. */
export type DocumentFetchOptions = {
  readonly openRecords: OpenRecords;
  readonly isPublic: (address: string) => boolean;
  /** Certificates to trust beside the system's. */
  readonly ca?: string | undefined;
  /** Addresses of a host name; the system's resolver unless given. */
  readonly resolve?: ((host: string) => Promise<readonly string[]>) | undefined;
};

/** The part of `fetch` that the provider uses. */
export type DocumentFetch = (url: string | URL) => Promise<Response>;

type Target = { readonly url: URL; readonly address: string; readonly ca: string | undefined };

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
  ca,
  resolve = addressesOf,
}: DocumentFetchOptions): DocumentFetch {
  const kept = openRecords<{ readonly body: string }>('oauth-document');
  return async (location) => {
    const url = new URL(location);
    try {
      const address = await checkedAddress(url, isPublic, resolve);
      const response = await get({ url, address, ca });
      if (response.status === 200) await keep(response);
      if (response.status < 500) return response;
      throw unreachable(`status ${response.status}`);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'AUTH_DOCUMENT_REFUSED') throw error;
      const standIn = await kept.get(url.href);
      if (standIn !== undefined)
        return answer(200, standIn.record.body, { 'cache-control': `max-age=${standInSeconds}` });
      const fault = error instanceof CodedError ? error : unreachable(String(error));
      const notes = currentNotes();
      if (notes !== undefined) notes.fault ??= fault;
      throw fault;
    }

    async function keep(response: Response): Promise<void> {
      const body = await response.clone().text();
      // Without a place to keep it the document is as good today.
      await kept.put(url.href, { body }, { ttlSeconds: keptSeconds }).catch(() => undefined);
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

async function addressesOf(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function get({ url, address, ca }: Target): Promise<Response> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(deadlineMs);
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
