// Sign-in from end to end: the server as a process, the real clients of both SDKs, the pages as an analyst goes through them.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
  type OAuthClientProvider,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { annsKey, newStateFolder, type OauthProcess, startOauthProcess } from '../support/oauth-process.ts';
import { signInWithKey } from '../support/oauth-walk.ts';
import { type FreshDatabase, freshDatabase } from '../support/postgres.ts';

const redirectUrl = 'http://127.0.0.1:33418/oauth/callback';
const question = { name: 'query', arguments: { sql: 'select 6 * 7 as answer' } };

let fresh: FreshDatabase;
let state: Awaited<ReturnType<typeof newStateFolder>>;
let server: OauthProcess;
/** Everything secret that any client got to see. */
const secrets = new Set<string>([annsKey]);

beforeAll(async () => {
  fresh = await freshDatabase({ template: 'fleet' });
  state = await newStateFolder();
  server = await startOauthProcess({ databaseUrl: fresh.readerUrl, folder: state.folder });
});

afterAll(async () => {
  await server.stop();
  await state.remove();
  await fresh.drop();
});

type Kept = {
  client?: object;
  tokens?: { access_token: string; refresh_token?: string | undefined };
  verifier?: string;
  url?: URL;
};

/** What an application keeps for its client; `kept` is looked at and changed by the tests. */
function application(kept: Kept): OAuthClientProvider {
  return {
    redirectUrl,
    clientMetadata: { client_name: 'Test application', redirect_uris: [redirectUrl] },
    clientInformation: () => kept.client as never,
    saveClientInformation: (client) => {
      kept.client = client;
    },
    tokens: () => kept.tokens as never,
    saveTokens: (tokens) => {
      kept.tokens = tokens;
      secrets.add(tokens.access_token);
      if (tokens.refresh_token !== undefined) secrets.add(tokens.refresh_token);
    },
    redirectToAuthorization: (url) => {
      kept.url = url;
    },
    saveCodeVerifier: (verifier) => {
      kept.verifier = verifier;
      secrets.add(verifier);
    },
    codeVerifier: () => kept.verifier ?? '',
    state: () => 'state-of-the-application',
  };
}

type Connected = { readonly ask: () => Promise<string>; readonly close: () => Promise<void> };

/** How each SDK connects, and how it goes on once the browser has come back. */
const sdks = {
  'the v2 SDK': {
    connect: async (kept: Kept): Promise<Connected> => {
      const client = new ClientV2({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
      await client.connect(new HttpV2(new URL(`${server.url}/mcp`), { authProvider: application(kept) }));
      return {
        ask: async () => JSON.stringify(await client.callTool(question)),
        close: () => client.close(),
      };
    },
    finish: async (kept: Kept, callback: URL): Promise<void> => {
      const transport = new HttpV2(new URL(`${server.url}/mcp`), { authProvider: application(kept) });
      await transport.finishAuth(callback.searchParams);
    },
  },
  'the v1 SDK': {
    connect: async (kept: Kept): Promise<Connected> => {
      const client = new ClientV1({ name: 'test', version: '1' });
      const transport = new HttpV1(new URL(`${server.url}/mcp`), {
        authProvider: application(kept) as never,
      });
      await client.connect(transport as Parameters<typeof client.connect>[0]);
      return {
        ask: async () => JSON.stringify(await client.callTool(question)),
        close: () => client.close(),
      };
    },
    finish: async (kept: Kept, callback: URL): Promise<void> => {
      const transport = new HttpV1(new URL(`${server.url}/mcp`), {
        authProvider: application(kept) as never,
      });
      await transport.finishAuth(callback.searchParams.get('code') ?? '');
    },
  },
};

/** From nothing to a client that may ask. */
async function signIn(sdk: (typeof sdks)[keyof typeof sdks]): Promise<Kept> {
  const kept: Kept = {};
  await expect(sdk.connect(kept)).rejects.toThrow();
  const callback = await signInWithKey(kept.url!, annsKey);
  secrets.add(callback.searchParams.get('code') ?? '');
  expect(callback.searchParams.get('state')).toBe('state-of-the-application');
  expect(callback.searchParams.get('iss')).toBe(server.url);
  await sdk.finish(kept, callback);
  return kept;
}

describe.each(Object.entries(sdks))('%s', (_name, sdk) => {
  it('goes from the URL alone to an answer: discovery, registration, sign-in, tokens, query', async () => {
    const client = await sdk.connect(await signIn(sdk));
    expect(await client.ask()).toContain('42');
    await client.close();
  });

  it('refreshes by itself where its access token is no longer good', async () => {
    const kept = await signIn(sdk);
    const before = kept.tokens!;
    kept.tokens = { ...before, access_token: `${before.access_token.slice(0, -4)}AAAA` };
    const client = await sdk.connect(kept);
    expect(await client.ask()).toContain('42');
    expect(kept.tokens?.refresh_token).not.toBe(before.refresh_token);
    await client.close();
  });

  it('goes on with the same tokens after the server was restarted', async () => {
    const kept = await signIn(sdk);
    const port = Number(new URL(server.url).port);
    const { program } = server;
    await server.stop();
    server = await startOauthProcess({ databaseUrl: fresh.readerUrl, folder: state.folder, port });
    logs.push(program.out() + program.err());
    const client = await sdk.connect(kept);
    expect(await client.ask()).toContain('42');
    await client.close();
  });
});

const logs: string[] = [];

it('no key, token, code or verifier stands in the log, or in any file of the state', async () => {
  await server.stop();
  logs.push(server.program.out() + server.program.err());
  // Standard output belongs to the commands; libraries that would write there are kept from it.
  expect(server.program.out()).toBe('');
  const texts = [...logs, ...(await filesBelow(state.folder))];
  expect(texts.length).toBeGreaterThan(20);
  const known = [...secrets].filter((secret) => secret.length > 8);
  expect(known.length).toBeGreaterThan(15);
  const leaked = known.filter((secret) =>
    texts.some((text) => text.includes(secret) || text.includes(Buffer.from(secret).toString('base64url'))),
  );
  expect(leaked).toEqual([]);
  expect(texts.filter((text) => text.includes('6 * 7'))).toEqual([]);
});

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')));
}
