// Clients that are known by a document at their own URL (client id metadata documents), and what strangers try with such URLs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientQuota } from '../../../src/auth/authorization/client-quota.ts';
import { documentFetch } from '../../../src/auth/authorization/document-fetch.ts';
import { publicAddressTest } from '../../../src/auth/authorization/public-address.ts';
import { CodedError } from '../../../src/base/errors.ts';
import { openStore } from '../../../src/store/backends/index.ts';
import type { OpenRecords } from '../../../src/store/records.ts';
import type { Store } from '../../../src/store/store.ts';
import { begin, callTool, newCode, newPkce, redeem, refresh, tokensOf } from '../../support/oauth-client.ts';
import { type OauthTestDoor, openOauthDoor, recordsOf } from '../../support/oauth-door.ts';

const redirectUri = 'http://localhost:33418/callback';

let folder: string;
let site: Server;
let origin: string;
let ca: string;
let store: Store;
let records: OpenRecords;
let door: OauthTestDoor;
let requests: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

/** The document that the site serves at a path, with changes. */
const documentAt = (path: string, changes: object = {}): string =>
  JSON.stringify({
    client_id: `${origin}${path}`,
    client_name: 'Document client',
    redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    token_endpoint_auth_method: 'none',
    ...changes,
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-documents-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const options = ['-subj', '/CN=client.example', '-addext', 'subjectAltName=DNS:client.example'];
  const words = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
    '-days',
    '2',
  ];
  execFileSync('openssl', [...words, ...options], { stdio: 'ignore' });
  ca = readFileSync(certificate, 'utf8');
  site = createServer({ key: readFileSync(key), cert: ca }, (request, response) => {
    requests.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const address = site.address();
  origin = `https://client.example:${typeof address === 'object' ? address?.port : 0}`;
  store = await openStore('memory:');
  records = recordsOf(store);
  door = await openOauthDoor(records, { server: { fetchDocument: reaching('127.0.0.1') } });
});

beforeEach(() => {
  requests = [];
  answer = (request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(documentAt(request.url ?? ''));
  };
});

afterAll(async () => {
  await door.server.close();
  site.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A fetch for which the site is on the Internet, although it listens on loopback. */
function reaching(...addresses: string[]) {
  return documentFetch({ openRecords: records, isPublic: () => true, ca, resolve: async () => addresses });
}

let count = 0;
const newDocumentClient = () => {
  count += 1;
  return { id: `${origin}/client-${count}.json`, redirectUri };
};

describe('a client with a document', () => {
  it('signs in without registering, on any port of its loopback address', async () => {
    const client = newDocumentClient();
    const { verifier, challenge } = newPkce();
    const code = await newCode(door, client, challenge);
    const tokens = tokensOf(await redeem(door, client, code, verifier));
    expect((await callTool(door, tokens.access)).status).toBe(200);
    expect((await refresh(door, client, tokens.refresh)).status).toBe(200);
  });

  it('is shown as vouched for by its site', async () => {
    const client = newDocumentClient();
    const { id } = await begin(door, client, newPkce().challenge);
    expect(await door.authorization.pending.find(id)).toMatchObject({
      client: { id: client.id, name: 'Document client', vouchedBy: 'document' },
      isLoopback: true,
    });
  });

  it('is fetched once for many requests', async () => {
    const client = newDocumentClient();
    for (let round = 0; round < 5; round += 1) await begin(door, client, newPkce().challenge);
    expect(requests).toHaveLength(1);
  });

  it('keeps its sessions while its site is down, on a replica that never saw it', async () => {
    const client = newDocumentClient();
    const { verifier, challenge } = newPkce();
    const tokens = tokensOf(await redeem(door, client, await newCode(door, client, challenge), verifier));
    const settings = { issuer: door.issuer, resource: door.resource };
    const replica = await openOauthDoor(records, {
      settings,
      server: { fetchDocument: reaching('127.0.0.1') },
    });
    answer = (_request, response) => response.writeHead(503).end();
    expect((await refresh(replica, client, tokens.refresh)).status).toBe(200);
    await replica.server.close();
  });

  it('whose site cannot be reached and was never seen is told to come back (503)', async () => {
    answer = (request) => request.socket.destroy();
    const client = newDocumentClient();
    expect((await begin(door, client, newPkce().challenge)).status).toBe(503);
  });

  it.each([
    ['names another client', { client_id: 'https://other.example/client.json' }],
    ['may be redirected to another site', { redirect_uris: ['https://evil.example/callback'] }],
    ['has no redirect URI', { redirect_uris: [] }],
    ['holds a secret', { client_secret: 'secret', token_endpoint_auth_method: 'client_secret_post' }],
  ])('whose document %s is refused', async (_name, changes) => {
    answer = (request, response) => response.end(documentAt(request.url ?? '', changes));
    const begun = await begin(door, newDocumentClient(), newPkce().challenge);
    expect([begun.status, begun.location]).toEqual([400, '']);
  });

  it('that the site no longer has is no client, whatever it was before', async () => {
    const client = newDocumentClient();
    await begin(door, client, newPkce().challenge);
    answer = (_request, response) => response.writeHead(404).end();
    const settings = { issuer: door.issuer, resource: door.resource };
    const replica = await openOauthDoor(records, {
      settings,
      server: { fetchDocument: reaching('127.0.0.1') },
    });
    expect((await begin(replica, client, newPkce().challenge)).status).toBe(400);
    await replica.server.close();
  });
});

describe('a document is not fetched', () => {
  const guarded = (...addresses: string[]) =>
    documentFetch({
      openRecords: records,
      isPublic: publicAddressTest(),
      ca,
      resolve: async () => addresses,
    });

  it.each([
    ['from a name that leads to loopback', ['127.0.0.1']],
    ['from a name that leads to a cloud’s metadata service', ['169.254.169.254']],
    ['from a name that leads to a private address by NAT64', ['64:ff9b::a00:1']],
    ['from a name that leads to a mapped address', ['::ffff:127.0.0.1']],
    ['from a name of which one address of several is private', ['1.1.1.1', '10.0.0.1']],
  ])('%s', async (_name, addresses) => {
    await expect(guarded(...addresses)(`${origin}/client.json`)).rejects.toMatchObject({
      code: 'AUTH_DOCUMENT_REFUSED',
      message: 'the client metadata document is not on the public Internet',
    });
    expect(requests).toEqual([]);
  });

  it.each(['https://127.0.0.1/x', 'https://[::1]/x', 'https://[::ffff:7f00:1]/x', 'https://2130706433/x'])(
    'from the address in %s',
    async (url) => {
      await expect(guarded('1.1.1.1')(url)).rejects.toMatchObject({ code: 'AUTH_DOCUMENT_REFUSED' });
    },
  );

  it('without https', async () => {
    await expect(guarded('1.1.1.1')('http://client.example/x')).rejects.toMatchObject({
      code: 'AUTH_DOCUMENT_REFUSED',
      message: 'the client metadata document is not served by https',
    });
  });

  it('over a redirect', async () => {
    answer = (_request, response) => response.writeHead(302, { location: 'https://10.0.0.1/' }).end();
    const begun = await begin(door, newDocumentClient(), newPkce().challenge);
    expect([begun.status, new Set(requests).size]).toEqual([400, 1]);
  });

  it('beyond 8 kB; just below is read', async () => {
    const padded = (bytes: number) => (request: IncomingMessage, response: ServerResponse) => {
      const text = documentAt(request.url ?? '', { padding: '' });
      response.end(documentAt(request.url ?? '', { padding: 'x'.repeat(bytes - text.length) }));
    };
    answer = padded(8_192);
    expect((await begin(door, newDocumentClient(), newPkce().challenge)).status).toBe(303);
    answer = padded(8_193);
    expect((await begin(door, newDocumentClient(), newPkce().challenge)).status).toBe(400);
  });

  it('for longer than a moment', async () => {
    answer = () => undefined;
    const startedAt = performance.now();
    expect((await begin(door, newDocumentClient(), newPkce().challenge)).status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('for longer than a moment where it comes in drops', async () => {
    answer = (_request, response) => {
      const dropping = setInterval(() => response.write(' '), 50);
      response.once('close', () => clearInterval(dropping));
    };
    const startedAt = performance.now();
    expect((await begin(door, newDocumentClient(), newPkce().challenge)).status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('for longer than a moment where its name server is silent', async () => {
    const silent = documentFetch({
      openRecords: records,
      isPublic: () => true,
      resolve: () => new Promise(() => {}),
    });
    await expect(silent(`${origin}/client.json`)).rejects.toMatchObject({
      code: 'AUTH_DOCUMENT_UNREACHABLE',
      message: 'the site of the client metadata document does not answer',
    });
  });

  it.each([
    'https://client.example/a/../b',
    'https://u@client.example/x',
    'https://client.example/x#y',
    'http://x/y',
  ])('where the client id is %s', async (id) => {
    expect((await begin(door, { id, redirectUri }, newPkce().challenge)).status).toBe(400);
    expect(requests).toEqual([]);
  });
});

describe('a kept document', () => {
  const outage = () =>
    reachingWith((request) => {
      request.socket.destroy();
    });
  const reachingWith = (then: typeof answer) => {
    answer = then;
    return reaching('127.0.0.1');
  };

  it('is not replaced by what is none, such as a page of maintenance with status 200', async () => {
    const { id } = newDocumentClient();
    await reaching('127.0.0.1')(id);
    const page = (_request: IncomingMessage, response: ServerResponse) => response.end('<h1>Back soon</h1>');
    expect(await (await reachingWith(page)(id)).json()).toMatchObject({ client_id: id });
    expect(await (await outage()(id)).json()).toMatchObject({ client_id: id });
  });

  it('is not replaced by a document that names another client', async () => {
    const { id } = newDocumentClient();
    await reaching('127.0.0.1')(id);
    const taken = (_request: IncomingMessage, response: ServerResponse) =>
      response.end('{"client_id":"https://x/"}');
    await reachingWith(taken)(id);
    expect(await (await outage()(id)).json()).toMatchObject({ client_id: id });
  });

  it('of a stranger is one of a bounded number in a day, so that nobody fills the state with them', async () => {
    const admit = clientQuota(records, 'documents', 1, () => 0);
    const [first, second] = [newDocumentClient(), newDocumentClient()];
    const reach = documentFetch({
      openRecords: records,
      isPublic: () => true,
      admit,
      ca,
      resolve: async () => ['127.0.0.1'],
    });
    for (const { id } of [first, first, second]) expect((await reach(id)).status).toBe(200);
    expect((await outage()(first.id)).status).toBe(200);
    await expect(outage()(second.id)).rejects.toMatchObject({ code: 'AUTH_DOCUMENT_UNREACHABLE' });
  });

  it('that the state cannot give is a fault of ours, and no client is told that it is none', async () => {
    const broken: OpenRecords = (collection) => ({
      ...records(collection),
      get: async () => {
        throw new CodedError('STATE_UNAVAILABLE', 'the store is gone');
      },
    });
    const fetchDocument = documentFetch({
      openRecords: broken,
      isPublic: () => true,
      ca,
      resolve: async () => ['127.0.0.1'],
    });
    answer = (request) => request.socket.destroy();
    const other = await openOauthDoor(records, { server: { fetchDocument } });
    expect((await begin(other, newDocumentClient(), newPkce().challenge)).status).toBe(503);
    await other.server.close();
  });
});
