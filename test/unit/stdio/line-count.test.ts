// Lines are counted as they end, wherever the chunks are cut.
import { describe, expect, it } from 'vitest';
import { lineCounter } from '../../../src/stdio/line-count.ts';

const text = '{"a":1}\n\n \t\r\nHello\r\n{"b"\n';

describe('lineCounter', () => {
  it.each([1, 2, 3, 7, 100])('counts lines that hold something in chunks of %i bytes', (size) => {
    const count = lineCounter();
    let lines = 0;
    for (let at = 0; at < text.length; at += size) lines += count(Buffer.from(text.slice(at, at + size)));
    expect(lines).toBe(3);
  });

  it('counts a line only once it has ended', () => {
    const count = lineCounter();
    expect([count(Buffer.from('{')), count(Buffer.from('}')), count(Buffer.from('\n'))]).toEqual([0, 0, 1]);
  });
});
