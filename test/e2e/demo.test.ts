// The demo as a newcomer runs it: a process that says how to connect, answers, and leaves nothing, however it ends.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningProgram, startProgram } from '../support/program.ts';

let temporary: string;

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'demo-test-'));
  chmodSync(temporary, 0o777);
});
afterAll(() => rmSync(temporary, { recursive: true }));

async function startDemo(): Promise<RunningProgram & { url: string; token: string }> {
  const program = startProgram(['demo', '--port', '0'], { TMPDIR: temporary });
  await expect.poll(program.out, { timeout: 60_000 }).toContain('Ctrl-C ends it');
  const [, url = ''] = /URL +(\S+)/.exec(program.out()) ?? [];
  const [, token = ''] = /Token +(\S+)/.exec(program.out()) ?? [];
  return { ...program, url, token };
}

async function ask(url: string, token: string, sql: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'query', arguments: { sql } },
    }),
  });
  const answer = (await response.json()) as { result: { structuredContent: { rows: unknown } } };
  return answer.result.structuredContent.rows;
}

describe('the demo', { timeout: 120_000 }, () => {
  it('answers with the token it prints, and leaves nothing after Ctrl-C', async () => {
    const demo = await startDemo();
    const sql = 'select current_user::text, (select count(*) from reporting.tank_drops)::int';
    expect(await ask(demo.url, demo.token, sql)).toEqual([['analytics_ro', 25]]);
    demo.child.kill('SIGINT');
    expect((await demo.ended).code).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('leaves nothing when it is killed, and runs again at once', async () => {
    const killed = await startDemo();
    killed.child.kill('SIGKILL');
    const again = await startDemo();
    expect(await ask(again.url, again.token, 'select count(*)::int from tracksolid.depots')).toEqual([[6]]);
    again.child.kill('SIGTERM');
    await again.ended;
    await expect.poll(() => readdirSync(temporary), { timeout: 15_000 }).toEqual([]);
  });
});
