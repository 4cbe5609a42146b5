// Sign-in as the world sees it: two replicas with one store behind a TLS proxy that asks them in turn, caddy over a Redis and nginx over a file tree. Skipped by name where something is not installed.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { newClient, newPkce, refresh, revoke, tokensOf } from '../support/oauth-client.ts';
import { annsKey, type OauthProcess, startOauthProcess } from '../support/oauth-process.ts';
import { plainBrowser } from '../support/plain-browser.ts';
import { freshDatabase } from '../support/postgres.ts';
import { missing, type StoreServer, startRedis } from '../support/store-servers.ts';
import { until } from '../support/until.ts';
import { type Certificate, isInstalled, type ProxyName, type RunningProxy, startProxy } from './proxies.ts';
import { ask, authorizationUrl, newSession, type Published } from './signed-in.ts';

const setups = [
  { name: 'caddy', store: 'Redis', lacking: missing.redis },
  { name: 'nginx', store: 'a file tree', lacking: undefined },
] as const;

/** Requests of one address in a minute; what the other tests send stays below it. */
const addressLimit = 200;
const trusted = '127.0.0.1';

describe.each(setups)('two replicas over $store behind $name', ({ name, store, lacking }) => {
  const why = isInstalled(name) ? lacking : `${name} is not installed`;
  const itHere = it.skipIf(why !== undefined);
  const note = why === undefined ? '' : ` (skipped: ${why})`;
  let place: Awaited<ReturnType<typeof startPlace>>;
  beforeAll(async () => {
    if (why === undefined) place = await startPlace(name, store);
  });
  afterAll(() => place?.stop());

  itHere(
    `whichever replica a step of sign-in meets, it goes on, and revocation on either ends it on both${note}`,
    async () => {
      const { at, turnTo, replicas } = place;
      for (const { port } of replicas) {
        const session = await newSession(at, annsKey);
        for (let turn = 0; turn < 4; turn += 1) expect(await ask(at, session)).toBe('200');
        const tokens = tokensOf(await refresh(at, session.client, session.tokens.refresh));
        await turnTo(port);
        const revoked = await revoke(at, session.client, tokens.refresh);
        expect(revoked.status).toBe(200);
        expect(portIn(revoked.headers.get('x-upstream'))).toBe(String(port));
        for (const replica of replicas) {
          const url = `http://127.0.0.1:${replica.port}`;
          const isRefused = async () => (await ask({ url }, { ...session, tokens })).startsWith('401');
          await until(isRefused, `replica ${replica.port} refusing the token`);
        }
        expect((await refresh(at, session.client, tokens.refresh)).status).toBe(400);
      }
    },
  );

  itHere(`a code that one replica gave is redeemed at the other${note}`, async () => {
    const { at, replicas } = place;
    const [first, second] = replicas.map(({ port }) => ({
      url: `http://127.0.0.1:${port}`,
      publicUrl: at.publicUrl,
    }));
    const session = await newSession(first as Published, annsKey, second);
    expect(await ask(at, session)).toBe('200');
  });

  itHere(`all addresses that a client is told are those of the public URL${note}`, async () => {
    const { at } = place;
    const metadata = (await (
      await fetch(`${at.url}/.well-known/oauth-authorization-server`)
    ).json()) as Record<string, unknown>;
    expect(metadata['issuer']).toBe(at.publicUrl);
    for (const [member, value] of Object.entries(metadata))
      if (member.endsWith('_endpoint')) expect(value).toContain(`${at.publicUrl}/oauth/`);
    const challenge = (await fetch(`${at.url}/mcp`, { method: 'POST' })).headers.get('www-authenticate');
    expect(challenge).toContain(`resource_metadata="${at.publicUrl}/.well-known/oauth-protected-resource`);
  });

  itHere(
    `cookies are Secure, though the replicas are asked by plain HTTP, and no other host can plant that of the pages${note}`,
    async () => {
      const { at } = place;
      const browser = plainBrowser();
      const start = authorizationUrl(at, await newClient(at), newPkce().challenge);
      const began = await browser.get(start.href);
      const page = await browser.get(new URL(began.location ?? '', start).href);
      const [resume = '', ...more] = began.headers.getSetCookie();
      const [ofPages = '', ...others] = page.headers.getSetCookie();
      expect([...more, ...others]).toEqual([]);
      expect(resume).toMatch(
        /^mcp_resume=([\w-]+); path=\/oauth\/authorize\/\1; .*samesite=lax; secure; httponly$/,
      );
      expect(ofPages).toMatch(/^__Host-[\w-]+=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; .*Secure$/);
    },
  );

  itHere(
    `an address that no proxy vouches for cannot give itself others to escape its limit${note}`,
    async () => {
      const { port } = place.replicas[0] as OauthProcess & { port: number };
      const from = (forwarded: string, localAddress: string) =>
        statusOf(port, { localAddress, headers: { 'x-forwarded-for': forwarded } });
      const own = name === 'caddy' ? '127.0.31.1' : '127.0.32.1';
      const spoofed: number[] = [];
      for (let turn = 0; turn <= addressLimit + 2; turn += 1)
        spoofed.push(await from(`203.0.113.${turn}`, own));
      expect(spoofed.at(-1)).toBe(429);
      // The trusted proxy's word counts: each of its clients has a limit of its own.
      const vouched: number[] = [];
      for (let turn = 0; turn <= addressLimit + 2; turn += 1)
        vouched.push(await from(`198.51.100.${turn}`, trusted));
      expect(new Set(vouched)).toEqual(new Set([200]));
    },
  );
});

const portIn = (address: string | null): string => /(\d+)$/.exec(address ?? '')?.[1] ?? '';

function statusOf(port: number, options: { localAddress: string; headers: Record<string, string> }) {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const path = '/.well-known/oauth-authorization-server';
  request({ host: '127.0.0.1', port, path, ...options }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  })
    .on('error', reject)
    .end();
  return promise;
}

/** Two replicas over one store, and the proxy with a certificate that this process trusts until `stop`. */
async function startPlace(name: ProxyName, store: string) {
  const ends: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'sign-in-proxy-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const certificate = makeCertificate(folder);
    const known = tls.getCACertificates('default');
    tls.setDefaultCACertificates([...known, await readFile(certificate.cert, 'utf8')]);
    ends.push(async () => tls.setDefaultCACertificates(known));
    const redis: StoreServer | undefined = store === 'Redis' ? await startRedis() : undefined;
    if (redis !== undefined) ends.push(redis.remove);
    const tlsPort = await freePort();
    const publicUrl = `https://localhost:${tlsPort}`;
    const databaseUrl = (await freshDatabase()).readerUrl;
    const env = {
      MCP_PUBLIC_URL: publicUrl,
      MCP_TRUST_PROXY: trusted,
      MCP_RATE_LIMIT_ADDRESS: String(addressLimit),
      ...(redis !== undefined && {
        MCP_STATE_URL: `redis://127.0.0.1:${redis.port}`,
        MCP_STATE_SECRETS: 'a secret of the tests that is long enough for it',
      }),
    };
    const replicas: (OauthProcess & { readonly port: number })[] = [];
    for (let count = 0; count < 2; count += 1) {
      const port = await freePort();
      const replica = await startOauthProcess({ databaseUrl, folder, port, env });
      ends.push(replica.stop);
      replicas.push({ ...replica, port });
    }
    const upstreams = replicas.map(({ port }) => port);
    const proxy: RunningProxy = await startProxy(name, upstreams, { port: tlsPort, certificate });
    ends.push(proxy.stop);
    /** The proxy takes turns: whoever answers now, the other one has the next request. */
    const turnTo = async (wanted: number) => {
      const asked = async () => portIn((await fetch(`${publicUrl}/healthz`)).headers.get('x-upstream'));
      if ((await asked()) === String(wanted)) await asked();
    };
    return { at: { url: publicUrl, publicUrl }, replicas, turnTo, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function makeCertificate(folder: string): Certificate {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...words, ...subject], { stdio: 'ignore' });
  return { key, cert };
}
