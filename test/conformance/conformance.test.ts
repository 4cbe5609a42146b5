// The official conformance suite against a real listening door, for both families of revisions. Only its exit code
// counts: it is not 0 where a required scenario fails unexpectedly, or passes although it is expected to fail.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpServer } from '../../src/http/server.ts';
import { openConformanceDoor } from './door.ts';

const suite = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);
const expected = fileURLToPath(new URL('expected-failures.2025-11-25.yaml', import.meta.url));

let door: { readonly url: string; readonly server: HttpServer };
let results: string;

beforeAll(async () => {
  door = await openConformanceDoor();
  results = await mkdtemp(join(tmpdir(), 'conformance-'));
});

afterAll(async () => {
  await door.server.close();
  await rm(results, { recursive: true, force: true });
});

async function runSuite(...options: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    process.execPath,
    [suite, 'server', '--url', `${door.url}/mcp`, '-o', results, ...options],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

function passed(output: string): number {
  const summary = output.slice(output.indexOf('=== SUMMARY ==='));
  return summary.match(/^✓/gm)?.length ?? 0;
}

describe('the conformance suite', () => {
  it('finds every required scenario of 2026-07-28 met', async () => {
    const { code, output } = await runSuite('--requirements', '2026-07-28');
    expect(code, output.slice(-4000)).toBe(0);
    expect(passed(output)).toBeGreaterThanOrEqual(37);
  }, 180_000);

  it('finds every required scenario of 2025-11-25 met, but for those that need requests to the client', async () => {
    const { code, output } = await runSuite('--requirements', '2025-11-25', '--expected-failures', expected);
    expect(code, output.slice(-4000)).toBe(0);
    expect(passed(output)).toBeGreaterThanOrEqual(26);
  }, 180_000);

  it('is given a reason for every scenario that may fail', async () => {
    const lines = (await readFile(expected, 'utf8')).split('\n').filter((line) => line.startsWith('  - '));
    expect(lines.filter((line) => !/ # .{20,}/.test(line))).toEqual([]);
  });

  it('would notice a server that is not there', async () => {
    const { url } = door;
    door = { ...door, url: 'http://127.0.0.1:9' };
    const { code } = await runSuite('--scenario', 'tools-list');
    door = { ...door, url };
    expect(code).not.toBe(0);
  });
});
