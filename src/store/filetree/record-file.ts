// The content of a record's file: one line of JSON with the key and the length, then the value. A torn file is refused.
import { readFile } from 'node:fs/promises';
import { CodedError } from '../../base/errors.ts';
import { unlessMissing } from './disk.ts';

/** What a record's file holds. */
export type RecordContent = { readonly key: string; readonly value: string };

/** The bytes of a record's file. */
export function encodeRecord({ key, value }: RecordContent): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from(`${JSON.stringify({ key, bytes: bytes.length })}\n`), bytes]);
}

/** Reads a record's file; undefined where it is gone; throws STATE_UNREADABLE where it is not whole. */
export async function readRecord(path: string): Promise<RecordContent | undefined> {
  const content = await unlessMissing(readFile(path));
  if (content === undefined) return undefined;
  const end = content.indexOf(0x0a);
  const head = headOf(content.toString('utf8', 0, Math.max(end, 0)));
  if (head === undefined || content.length - end - 1 !== head.bytes)
    throw new CodedError('STATE_UNREADABLE', 'a record of the store is damaged', { logDetail: path });
  return { key: head.key, value: content.toString('utf8', end + 1) };
}

function headOf(text: string): { readonly key: string; readonly bytes: number } | undefined {
  try {
    const { key, bytes } = JSON.parse(text) as { key?: unknown; bytes?: unknown };
    return typeof key === 'string' && typeof bytes === 'number' ? { key, bytes } : undefined;
  } catch {
    return undefined;
  }
}
