// Records as lines of JSON, for a file: sealed as they are in the store. A file that was cut off is told from a whole one.
import { CodedError } from '../../base/errors.ts';
import type { Store } from '../store.ts';
import { eachRecord, leftSeconds } from './each-record.ts';

/** What an import has done so far. */
export type ImportCounts = {
  imported: number;
  /** Records that the store had already; they stay as they are. */
  kept: number;
  /** Records whose life was over. */
  ended: number;
};

const head = { format: 'state of pg-analytics-mcp', version: 1 };

type Line = {
  readonly collection: string;
  readonly key: string;
  readonly value: string;
  readonly expiresAtMs?: number | undefined;
};

/** Gives the lines of all records, without their line ends, to `write`; resolves to the number of records. */
export async function exportLines(
  store: Store,
  write: (line: string, records: number) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  let records = 0;
  await write(JSON.stringify(head), 0);
  await eachRecord(
    store,
    async (place, entry) => {
      if (entry === undefined) return;
      const { value, expiresAtMs } = entry;
      records += 1;
      await write(JSON.stringify({ ...place, value, expiresAtMs } satisfies Line), records);
    },
    signal,
  );
  if (!signal.aborted) await write(JSON.stringify({ end: records }), records);
  return records;
}

/**
 * Puts the records of lines into a store, where they are not there yet. Throws INPUT_INVALID for a text that is no
 * export, and for one that was cut off, after everything before the cut was put.
 */
export async function importLines(
  lines: AsyncIterable<string>,
  store: Store,
  counts: ImportCounts,
  signal: AbortSignal,
): Promise<void> {
  let number = 0;
  let records = 0;
  for await (const text of lines) {
    number += 1;
    const line = parsed(text, number);
    if (number === 1) {
      if (line['format'] !== head.format || line['version'] !== head.version)
        throw new CodedError('INPUT_INVALID', 'the file is no export of state');
    } else if (typeof line['end'] === 'number') {
      if (line['end'] === records) return;
      throw new CodedError('INPUT_INVALID', `the file holds ${records} of ${line['end']} records`);
    } else {
      await importOne(recordOf(line, number), store, counts, signal);
      records += 1;
    }
    if (signal.aborted) return;
  }
  throw new CodedError('INPUT_INVALID', number === 0 ? 'the file is empty' : 'the file was cut off', {
    detail: `It ends after ${records} records.`,
    hint: 'What is in it was put; make a new export for the rest.',
  });
}

async function importOne(line: Line, store: Store, counts: ImportCounts, signal: AbortSignal): Promise<void> {
  const ttlSeconds = leftSeconds({ expiresAtMs: line.expiresAtMs });
  if (ttlSeconds === 0) {
    counts.ended += 1;
    return;
  }
  const options = { ttlSeconds, ifAbsent: true };
  const version = await store.put(line.collection, line.key, line.value, options, signal);
  if (version === undefined) counts.kept += 1;
  else counts.imported += 1;
}

function parsed(text: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, with the number of the line and nothing of what stands in it.
  }
  throw new CodedError('INPUT_INVALID', `line ${number} of the file is no JSON object`);
}

function recordOf({ collection, key, value, expiresAtMs }: Record<string, unknown>, number: number): Line {
  const isRecord = typeof collection === 'string' && typeof key === 'string' && typeof value === 'string';
  const hasEnd = expiresAtMs === undefined || typeof expiresAtMs === 'number';
  if (isRecord && hasEnd) return { collection, key, value, expiresAtMs };
  throw new CodedError('INPUT_INVALID', `line ${number} of the file is no record`);
}
