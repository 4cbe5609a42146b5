// Lines come whole, wherever the chunks are cut; what could not be answered rightly is told of and dropped.
import { describe, expect, it } from 'vitest';
import { WholeLines } from '../../../src/stdio/whole-lines.ts';

async function linesOf(input: Buffer, chunkBytes: number, limitBytes = 10) {
  const refused: string[] = [];
  const lines = new WholeLines({
    limitBytes,
    unpack: (line) => [line],
    onTooLong: () => refused.push('too long'),
    onNotUtf8: () => refused.push('not UTF-8'),
  });
  const passed: string[] = [];
  lines.on('data', (line: Buffer) => passed.push(line.toString()));
  for (let at = 0; at < input.length; at += chunkBytes) lines.write(input.subarray(at, at + chunkBytes));
  await new Promise<void>((resolve) => lines.end(resolve));
  return { passed, refused };
}

describe('whole lines', () => {
  it.each([1, 2, 3, 7, 100])(
    'are passed on one by one, blank ones left out, in chunks of %i bytes',
    async (size) => {
      const { passed, refused } = await linesOf(Buffer.from('{"a":"ü"}\n\n \t\r\nHello\r\n{"b"\n'), size);
      expect(passed).toEqual(['{"a":"ü"}\n', 'Hello\r\n', '{"b"\n']);
      expect(refused).toEqual([]);
    },
  );

  it.each([1, 100])(
    'are passed on up to the limit and told of over it, in chunks of %i bytes',
    async (size) => {
      const { passed, refused } = await linesOf(Buffer.from('0123456789\n0123456789x\nnext\n'), size);
      expect(passed).toEqual(['0123456789\n', 'next\n']);
      expect(refused).toEqual(['too long']);
    },
  );

  it('are told of where they are no UTF-8', async () => {
    const { passed, refused } = await linesOf(Buffer.from([0x61, 0xe9, 0x0a, 0x62, 0x0a]), 100);
    expect(passed).toEqual(['b\n']);
    expect(refused).toEqual(['not UTF-8']);
  });

  it('do not come before they end', async () => {
    expect(await linesOf(Buffer.from('{}'), 1)).toEqual({ passed: [], refused: [] });
  });
});
