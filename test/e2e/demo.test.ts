// The demo as a newcomer runs it: a process that says how to connect, answers, and leaves nothing, however it ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningProgram, startProgram } from '../support/program.ts';
import { projectRoot } from '../support/source-tree.ts';

let temporary: string;
const started: ChildProcess[] = [];

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'demo-test-'));
  chmodSync(temporary, 0o777);
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(temporary, { recursive: true }));

async function startDemo(): Promise<RunningProgram & { url: string; token: string }> {
  const program = startProgram(['demo', '--port', '0'], { TMPDIR: temporary });
  started.push(program.child);
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
  // The server may answer as JSON or as an event stream of one message.
  const text = (await response.text()).replace(/^(?:event: .*\n)?data: /m, '');
  const answer = JSON.parse(text) as { result: { structuredContent: { rows: unknown } } };
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
    await expect.poll(() => readdirSync(temporary)).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    'ends when the package runner above it is killed (skipped where there is no /proc)',
    async () => {
      // What a package script is run by: a shell that waits for its command.
      const line = `${process.execPath} ${join(projectRoot, 'src/cli/main.ts')} demo --port 0; exit`;
      const runner = spawn('/bin/sh', ['-c', line], {
        env: { PATH: process.env['PATH'], TMPDIR: temporary },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      started.push(runner);
      let out = '';
      runner.stdout.on('data', (chunk) => {
        out += chunk;
      });
      await expect.poll(() => out, { timeout: 60_000 }).toContain('Ctrl-C ends it');
      runner.kill('SIGKILL');
      await expect.poll(() => readdirSync(temporary)).toEqual([]);
    },
  );
});
