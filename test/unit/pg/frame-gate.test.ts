// The frame gate: whatever the chunking, rows reach the reader whole, other messages reach the parser unchanged.
import { describe, expect, it } from 'vitest';
import { FrameGate, type RowReader } from '../../../src/pg/frame-gate.ts';

function message(type: string, payload: string): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(payload.length + 4, 1);
  return Buffer.concat([head, Buffer.from(payload, 'latin1')]);
}

function record(withReader: boolean, maxRowBytes = 100) {
  const seen = {
    forwarded: Buffer.alloc(0),
    rows: [] as string[],
    oversizedRows: [] as number[],
    oversized: [] as number[],
    ended: [] as string[],
    order: '',
  };
  const gate = new FrameGate({
    maxMessageBytes: 50,
    forward: (bytes) => {
      seen.forwarded = Buffer.concat([seen.forwarded, bytes]);
      seen.order += 'f';
    },
    oversizedMessage: (bytes) => seen.oversized.push(bytes),
  });
  const reader: RowReader = {
    maxRowBytes,
    row: (bytes, start, end) => {
      seen.rows.push(bytes.toString('latin1', start, end));
      seen.order += 'r';
    },
    oversizedRow: (bytes) => seen.oversizedRows.push(bytes),
    commandEnded: (bytes, start, end) => seen.ended.push(bytes.toString('latin1', start, end)),
    commandSuspended: () => seen.ended.push('suspended'),
  };
  if (withReader) gate.reader = reader;
  return { gate, seen };
}

const stream = [
  message('1', ''),
  message('2', ''),
  message('T', 'columns'),
  message('D', 'one'),
  message('D', ''),
  message('D', 'x'.repeat(60)),
  message('C', 'SELECT 3'),
  message('Z', 'I'),
];
const others = Buffer.concat([message('T', 'columns'), message('Z', 'I')]);

describe('FrameGate', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 11, 64, 1000])(
    'gives the same rows and messages in chunks of %i bytes',
    (size) => {
      const { gate, seen } = record(true);
      const bytes = Buffer.concat(stream);
      for (let at = 0; at < bytes.length; at += size) gate.push(bytes.subarray(at, at + size));
      expect(seen.rows).toEqual(['one', '', 'x'.repeat(60)]);
      expect(seen.forwarded).toEqual(others);
      expect(seen.ended).toEqual(['SELECT 3']);
    },
  );

  it('keeps the order of rows and messages', () => {
    const { gate, seen } = record(true);
    gate.push(Buffer.concat(stream));
    expect(seen.order).toBe('frrrf');
  });

  it('forwards rows to the parser where nobody reads them', () => {
    const { gate, seen } = record(false);
    const rows = Buffer.concat([message('D', 'one'), message('Z', 'I')]);
    gate.push(rows);
    expect(seen.forwarded).toEqual(rows);
  });

  it.each([1, 7, 1000])(
    'takes a row of exactly the limit and drops one byte over it, in chunks of %i',
    (size) => {
      const { gate, seen } = record(true, 60);
      const bytes = Buffer.concat([
        message('D', 'y'.repeat(60)),
        message('D', 'z'.repeat(61)),
        message('Z', 'I'),
      ]);
      for (let at = 0; at < bytes.length; at += size) gate.push(bytes.subarray(at, at + size));
      expect(seen.rows).toEqual(['y'.repeat(60)]);
      expect(seen.oversizedRows).toEqual([61]);
      expect(seen.forwarded).toEqual(message('Z', 'I'));
    },
  );

  it('forwards a message of exactly the limit and closes at one byte over it', () => {
    const { gate, seen } = record(true);
    gate.push(Buffer.concat([message('E', 'e'.repeat(50)), message('E', 'e'.repeat(51)), message('Z', 'I')]));
    expect(seen.forwarded).toEqual(message('E', 'e'.repeat(50)));
    expect(seen.oversized).toEqual([51]);
  });
});
