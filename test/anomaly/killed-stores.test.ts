// Stores on a disk whose process is killed in the middle of writes, again and again: nothing acknowledged is lost, nothing
// is torn, and nothing stays locked.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/backends/index.ts';
import type { Store } from '../../src/store/store.ts';

const programs = fileURLToPath(new URL('../support/programs/', import.meta.url));
const kills = 100;
/** Writers that are killed while others go on, so that the next ones meet what a crash left. */
const atOnce = 2;
/** The machine may be slow; the kills that do not fit are not made up for, but there must be half of them. */
const budgetMs = 120_000;

describe.each([
  { scheme: 'filetree', place: 'state' },
  { scheme: 'sqlite', place: 'state.db' },
])('a $scheme whose writers are killed', ({ scheme, place }) => {
  let folder: string;
  let store: Store;
  const url = () => `${scheme}:${join(folder, place)}`;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcp-killed-'));
    store = await openStore(url());
    await store.put('crash', 'first', 'x');
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(`loses no acknowledged write and tears none in ${kills} kills of processes that share it`, {
    timeout: budgetMs * 2,
  }, async () => {
    const end = Date.now() + budgetMs;
    let acknowledged = 0;
    let killed = 0;
    const wrong: string[] = [];
    while (killed < kills && Date.now() < end) {
      // The same names every time: a new writer goes on where a killed one stopped.
      const logs = await Promise.all(
        Array.from({ length: atOnce }, (_, index) => writeAndDie(url(), `writer-${index}`)),
      );
      killed += atOnce;
      for (const log of logs) {
        const { lines, possible } = outcomes(log);
        acknowledged += lines;
        for (const [key, holds] of possible) {
          const entry = await store.get('crash', key);
          const found = entry === undefined ? '-' : roundOf(key, entry.value);
          if (!holds.has(found)) wrong.push(`${key} holds ${found} instead of ${[...holds].join(' or ')}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(killed).toBeGreaterThanOrEqual(kills / 2);
    // A machine that is busy with other things kills many writers before their first step.
    expect(acknowledged).toBeGreaterThan(killed / 2);
    console.log(`${scheme}: ${killed} kills, ${acknowledged} acknowledged steps, none lost, none torn`);
    await expectUsable(store);
    if (scheme === 'filetree') await expectSwept(store, join(folder, place));
  });

  it('counts every success of three processes that fight for one key', { timeout: 120_000 }, async () => {
    const ends = await Promise.all([1, 2, 3].map(() => start('store-counter.ts', [url(), '60']).ended));
    const counted = ends.flatMap((said) => said.trim().split('\n').slice(1).map(Number));
    expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: 180 }, (_, index) => index + 1));
    expect((await store.get('count', 'counter'))?.value).toBe('180');
  });

  it('goes on counting whoever is killed, without one lost or doubled', { timeout: budgetMs }, async () => {
    const counted: number[] = [];
    const rounds = 15;
    for (let round = 0; round < rounds; round += 1) {
      const victim = start('store-counter.ts', [url(), '1000000']);
      const survivor = start('store-counter.ts', [url(), '10']);
      await Promise.all([victim.ready, survivor.ready]);
      await sleep(Math.random() * 100);
      victim.child.kill('SIGKILL');
      const said = await Promise.all([victim.ended, survivor.ended]);
      // The last line of the killed one may be cut off in the middle.
      counted.push(...said.flatMap((text) => text.split('\n').slice(1, -1).map(Number)));
    }
    expect(new Set(counted).size).toBe(counted.length);
    const total = Number((await store.get('count', 'counter'))?.value);
    expect(Math.max(...counted)).toBeLessThanOrEqual(total);
    // Each kill may hit between the step on the disk and its acknowledgement.
    expect(total - counted.length).toBeLessThanOrEqual(rounds);
    expect(total).toBeGreaterThanOrEqual(counted.length);
  });
});

/** A program that runs: `ended` gives all that it said. */
function start(program: string, words: readonly string[]) {
  const child = spawn(process.execPath, [join(programs, program), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(said)));
  const ready = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.startsWith('ready')) resolve();
    });
  });
  return { child, ready: Promise.race([ready, ended]), ended };
}

/** Starts a writer, kills it at a moment by chance, and gives what it had said. */
async function writeAndDie(url: string, name: string): Promise<string> {
  const writer = start('store-writer.ts', [url, name]);
  await writer.ready;
  await sleep(20 + Math.random() * 150);
  writer.child.kill('SIGKILL');
  return writer.ended;
}

/** What each key may hold after the last words of a writer: what it acknowledged, or what it had begun. */
function outcomes(log: string): { lines: number; possible: Map<string, Set<string>> } {
  const possible = new Map<string, Set<string>>();
  let lines = 0;
  for (const line of log.split('\n').slice(1, -1)) {
    const [key = '', word = ''] = line.split(' ');
    if (word.startsWith('?')) {
      // Before its first acknowledged step a writer's key holds whatever an earlier one left, so it is not judged.
      possible.get(key)?.add(word.slice(1));
    } else {
      possible.set(key, new Set([word]));
      lines += 1;
    }
  }
  return { lines, possible };
}

/** The round that a value was written in, or `torn` where it is not one that a writer could have written. */
function roundOf(key: string, value: string): string {
  const round = /:(\d+):/.exec(value)?.[1] ?? '';
  return value === `${key}:${round}:${round.repeat(300)}:end` ? round : 'torn';
}

async function expectUsable(store: Store): Promise<void> {
  const { keys } = await store.list('crash', { limit: 100 });
  for (const key of keys) {
    const version = await store.put('crash', key, 'after');
    expect(await store.put('crash', key, 'after that', { ifVersion: version })).toEqual(expect.any(String));
    expect((await store.take('crash', key))?.value).toBe('after that');
    expect(await store.put('crash', key, 'new', { ifAbsent: true })).toEqual(expect.any(String));
    expect(await store.delete('crash', key)).toBe(true);
  }
  expect((await store.list('crash', { limit: 100 })).keys).toEqual([]);
}

/** Nothing is left but the folders of the tree, once what the crashes left is old enough. */
async function expectSwept(store: Store, folder: string): Promise<void> {
  const { utimesSync } = await import('node:fs');
  const past = new Date(Date.now() - 2 * 3_600_000);
  const all = () => readdirSync(join(folder, 'records'), { recursive: true, encoding: 'utf8' });
  for (const path of all()) utimesSync(join(folder, 'records', path), past, past);
  await store.sweep();
  expect(all().filter((path) => path.split('/').length > 2)).toEqual([]);
}
