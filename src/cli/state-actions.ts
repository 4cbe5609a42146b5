// What the command `state` does: opens the stores, tells how far it is, and sums up. It never shows a key, a value or a password.
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { secretsFor } from '../app/state.ts';
import { CodedError } from '../base/errors.ts';
import { parseStoreUrl, storeSchemes } from '../base/store-url.ts';
import type { Configuration } from '../config/configuration.ts';
import { openStore } from '../store/backends/index.ts';
import { createSealing } from '../store/sealing.ts';
import type { Store } from '../store/store.ts';
import { createCopy } from '../store/transfer/copy-records.ts';
import { exportLines, importLines } from '../store/transfer/record-lines.ts';
import { resealRecords } from '../store/transfer/reseal-records.ts';
import { exitCodes, type World } from './command.ts';

/** What was asked for. The URLs may hold passwords. */
export type StateRequest = {
  readonly state: Configuration['state'];
  readonly from: string;
  readonly to: string;
  readonly file: string | undefined;
  readonly follow: boolean;
  /** Aborted when the operator has had enough. */
  readonly signal: AbortSignal;
};

type Action = (request: StateRequest, world: World) => Promise<number>;
type Counts = Readonly<Record<string, number>>;

/** Milliseconds between two lines of progress. */
const progressEveryMs = 2_000;
/** Pause between two passes of a copy that follows. */
const followEveryMs = 1_000;

/** The actions by name; each gives the exit code. */
export const stateActions: Readonly<Record<'copy' | 'export' | 'import' | 'reseal' | 'sweep', Action>> = {
  copy: ({ from, to, follow, signal }, world) =>
    withStores([from, to], [from], async ([source, target]) => {
      const copy = createCopy(source, target);
      // A copy that follows ends with a whole pass, and not in the middle of one.
      const passSignal = follow ? new AbortController().signal : signal;
      const passes = async () => {
        // What changed during the first pass is carried over by the second, which has little to do.
        for (let pass = 1; pass <= 2 || follow; pass += 1) {
          const isLast = signal.aborted;
          await copy.pass(passSignal);
          if (isLast) return;
          if (follow) await sleep(followEveryMs, undefined, { signal }).catch(() => undefined);
        }
      };
      await telling(world, 'copy', copy.counts, () => unlessStopped(passes, signal));
      return ended(world.out, 'copy', copy.counts, signal.aborted && !follow);
    }),
  export: ({ from, file, signal }, world) =>
    withStores([from], [from], async ([source]) => {
      const counts = { records: 0 };
      const sink = file === undefined ? standardOutput(world) : await openFile(file);
      const write = async (line: string, records: number) => {
        counts.records = records;
        await sink.write(line);
      };
      try {
        const work = async () => void (await exportLines(source, write, signal));
        await telling(world, 'export', counts, () => unlessStopped(work, signal));
      } catch (error) {
        await sink.discard();
        throw error;
      }
      if (signal.aborted) await sink.discard();
      else await sink.finish();
      return ended(file === undefined ? world.err : world.out, 'export', counts, signal.aborted);
    }),
  import: ({ to, file, signal }, world) =>
    withStores([to], [], async ([target]) => {
      const counts = { imported: 0, kept: 0, ended: 0 };
      const input = file === undefined ? process.stdin : createReadStream(file);
      const opening = file === undefined ? Promise.resolve() : once(input, 'open');
      await opening.catch(() => {
        throw new CodedError('INPUT_INVALID', `the file "${file}" cannot be read`);
      });
      const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
      const work = () => importLines(lines, target, counts, signal);
      try {
        await telling(world, 'import', counts, () => unlessStopped(work, signal));
      } finally {
        lines.close();
        input.destroy();
      }
      return ended(world.out, 'import', counts, signal.aborted);
    }),
  reseal: ({ state, signal }, world) =>
    withStores([state.url], [state.url], async ([store]) => {
      const sealing = createSealing(await secretsFor(state, () => undefined));
      const counts = { resealed: 0, current: 0, unreadable: 0 };
      const work = () => resealRecords(store, sealing, counts, signal);
      await telling(world, 'reseal', counts, () => unlessStopped(work, signal));
      const code = ended(world.out, 'reseal', counts, signal.aborted);
      if (counts.unreadable === 0) return code;
      world.err('Some records open with none of MCP_STATE_SECRETS. They stay as they are.');
      return exitCodes.failure;
    }),
  sweep: ({ state, signal }, world) =>
    withStores([state.url], [state.url], async ([store]) => {
      const counts = { removed: 0 };
      const work = async () => {
        counts.removed = await store.sweep(signal);
      };
      await telling(world, 'sweep', counts, () => unlessStopped(work, signal));
      return ended(world.out, 'sweep', counts, signal.aborted);
    }),
};

/** Opens stores for as long as the work takes. */
async function withStores<Urls extends readonly string[]>(
  urls: readonly [...Urls],
  mustExist: readonly string[],
  work: (stores: { readonly [Index in keyof Urls]: Store }) => Promise<number>,
): Promise<number> {
  const stores: Store[] = [];
  try {
    for (const url of urls) stores.push(await openElsewhere(url, mustExist.includes(url)));
    return await work(stores as unknown as { readonly [Index in keyof Urls]: Store });
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}

/** A store that is read is not made where it is missing: nobody wants to copy nothing because of a misspelt path. */
async function openElsewhere(url: string, mustExist: boolean): Promise<Store> {
  const parsed = parseStoreUrl(url);
  if (mustExist && 'url' in parsed && storeSchemes[parsed.url.scheme].rest === 'path')
    if (!existsSync(parsed.url.rest))
      throw new CodedError('INPUT_INVALID', `there is no store at "${parsed.url.rest}"`);
  const store = await openStore(url);
  if (store.capabilities.durable || store.capabilities.shared !== 'no') return store;
  throw new CodedError('INPUT_INVALID', 'the state of a server that keeps it in memory cannot be reached');
}

/** Being stopped by the operator is no failure of the store. */
async function unlessStopped(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function telling(
  world: World,
  action: string,
  counts: Counts,
  work: () => Promise<void>,
): Promise<void> {
  const timer = setInterval(() => world.err(`${action}: ${countsText(counts)} …`), progressEveryMs);
  try {
    await work();
  } catch (error) {
    world.err(`${action}: ${countsText(counts)}, then it failed`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

function ended(say: (text: string) => void, action: string, counts: Counts, wasStopped: boolean): number {
  say(`${action}: ${countsText(counts)}${wasStopped ? ', then it was stopped' : ''}`);
  return wasStopped ? exitCodes.failure : exitCodes.ok;
}

function countsText(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** Where an export goes. */
type Sink = {
  readonly write: (line: string) => Promise<void>;
  readonly finish: () => Promise<void>;
  readonly discard: () => Promise<void>;
};

function standardOutput(world: World): Sink {
  const nothing = async () => undefined;
  return { write: async (line) => world.out(line), finish: nothing, discard: nothing };
}

/** Under another name until it is whole, mode 0600, so that a file of that name is always a whole export. */
async function openFile(path: string): Promise<Sink> {
  const partial = `${path}.partial`;
  const stream = createWriteStream(partial, { mode: 0o600, flush: true });
  await once(stream, 'open').catch(() => {
    throw new CodedError('INPUT_INVALID', `the file "${path}" cannot be written`);
  });
  const failure = once(stream, 'error').then(([error]: unknown[]) => {
    throw new CodedError('INPUT_INVALID', `the file "${path}" cannot be written`, { cause: error });
  });
  failure.catch(() => undefined);
  return {
    write: async (line) => {
      if (!stream.write(`${line}\n`)) await Promise.race([once(stream, 'drain'), failure]);
    },
    finish: async () => {
      await Promise.race([closed(stream), failure]);
      await rename(partial, path);
    },
    discard: async () => {
      stream.destroy();
      await rm(partial, { force: true });
    },
  };
}

async function closed(stream: WriteStream): Promise<void> {
  stream.end();
  await once(stream, 'close');
}
