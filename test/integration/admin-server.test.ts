// The operator's listener.
import { afterEach, describe, expect, it } from 'vitest';
import { type AdminServer, createAdminServer } from '../../src/http/admin-server.ts';

let admin: AdminServer;
afterEach(() => admin.close());

const open = async (token?: string): Promise<string> => {
  admin = createAdminServer({
    metrics: async () => 'up 1\n',
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    token,
  });
  return await admin.listen('127.0.0.1', 0);
};

describe('the admin listener', () => {
  it('serves the metrics in their own content type', async () => {
    const response = await fetch(`${await open()}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toBe('up 1\n');
  });

  it('asks for its token where it has one', async () => {
    const url = await open('operator-token');
    const ask = async (authorization?: string) =>
      (await fetch(`${url}/metrics`, { headers: authorization === undefined ? {} : { authorization } }))
        .status;
    expect([await ask(), await ask('Bearer operator-toke'), await ask('Bearer operator-token')]).toEqual([
      401, 401, 200,
    ]);
  });

  it('serves nothing else', async () => {
    const url = await open();
    for (const path of ['/', '/mcp', '/healthz']) expect((await fetch(`${url}${path}`)).status).toBe(404);
  });
});
