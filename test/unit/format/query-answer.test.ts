// Encoded rows and the answers made of them: exact, escaped, and cut where the limits say, never silently.
import { describe, expect, it } from 'vitest';
import { queryAnswer } from '../../../src/format/query-answer.ts';
import { RowEncoder } from '../../../src/format/row-encoder.ts';
import type { TextFormat } from '../../../src/format/text-formats.ts';
import { dataRow } from '../../support/data-row.ts';

const roomy = { maxRows: 100, maxBytes: 100_000, maxTextBytes: 100_000 };
const text = 25;

function encode(oids: readonly number[], rows: readonly (readonly (string | null)[])[], limits = roomy) {
  const encoder = new RowEncoder(limits);
  encoder.columns(oids.map((dataTypeID, index) => ({ name: `c${index}`, dataTypeID })));
  for (const cells of rows) {
    const payload = dataRow(cells);
    if (!encoder.row(payload, 0, payload.length)) break;
  }
  return encoder;
}

function answer(encoder: RowEncoder, format: TextFormat = 'csv', limits = roomy) {
  return queryAnswer({
    encoder,
    format,
    limits,
    maxRowsAllowed: 10_000,
    elapsedMs: 1.26,
  });
}

const jsonText = (encoder: RowEncoder) => `[${encoder.jsonRows().toString('utf8')}]`;

describe('RowEncoder', () => {
  it('writes int2, int4, finite floats, booleans and null as JSON values', () => {
    const encoder = encode(
      [21, 23, 700, 701, 16, 16, text],
      [['-32768', '2147483647', '0.1', '1e+300', 't', 'f', null]],
    );
    expect(jsonText(encoder)).toBe('[[-32768,2147483647,0.1,1e+300,true,false,null]]');
  });

  it('keeps the sign of a negative zero', () => {
    expect(jsonText(encode([701], [['-0']]))).toBe('[[-0]]');
  });

  it.each(['NaN', 'Infinity', '-Infinity'])(
    'writes the float %s as text, since JSON has no such number',
    (cell) => {
      expect(jsonText(encode([701], [[cell]]))).toBe(`[["${cell}"]]`);
    },
  );

  it.each([
    [20, '9223372036854775807'],
    [1700, '12345678901234567890.123456789012345678901234567890'],
    [1114, '0044-03-15 00:00:00.000001 BC'],
    [1184, 'infinity'],
    [1186, '1 year 2 mons -3 days +04:05:06.000007'],
    [17, '\\x00ff'],
    [3802, '{"n": 9007199254740993}'],
    [3910, '["2026-01-01 00:00:00+00","2026-01-02 00:00:00+00")'],
    [text, 'tab\there, "quotes", back\\slash\nnewline \u0001 ü 😀 \u2028'],
    [text, ''],
  ])('keeps a cell of type %i as the text psql prints: %j', (oid, cell) => {
    const encoder = encode([oid], [[cell]]);
    expect(JSON.parse(jsonText(encoder))).toEqual([[cell]]);
  });

  it('escapes every ASCII character as JSON.stringify does, and quotes it in CSV as COPY does', () => {
    for (let code = 0; code < 128; code++) {
      const cell = `ü${String.fromCharCode(code).repeat(300)}z`;
      const field = /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
      const encoder = encode([text, 23], [[cell, '7']]);
      expect(jsonText(encoder)).toBe(`[[${JSON.stringify(cell)},7]]`);
      expect(encoder.textRows().toString('utf8')).toBe(`${JSON.stringify(field).slice(1, -1)},7\\n`);
    }
  });

  it('survives cells longer than its first room', () => {
    const long = 'y'.repeat(50_000);
    expect(
      JSON.parse(
        jsonText(
          encode(
            [text, text],
            [
              [long, 'z'],
              ['a', long],
            ],
            { ...roomy, maxBytes: 500_000, maxTextBytes: 500_000 },
          ),
        ),
      ),
    ).toEqual([
      [long, 'z'],
      ['a', long],
    ]);
  });

  it('takes exactly max_rows rows without a cut, and says max_rows where one more comes', () => {
    const limits = { ...roomy, maxRows: 2 };
    expect(encode([23], [['1'], ['2']], limits)).toMatchObject({ rowCount: 2, cutBy: undefined });
    expect(encode([23], [['1'], ['2'], ['3']], limits)).toMatchObject({ rowCount: 2, cutBy: 'max_rows' });
  });

  it('takes rows up to exactly the byte limit and leaves no trace of a row that is one byte over it', () => {
    const oneRow = Buffer.byteLength('["abc"]') + Buffer.byteLength('abc\\n');
    const limits = { ...roomy, maxBytes: oneRow };
    expect(encode([text], [['abc']], limits)).toMatchObject({ rowCount: 1, cutBy: undefined });
    const second = encode([text], [['abc'], ['abcd']], { ...limits, maxBytes: 2 * limits.maxBytes });
    expect([second.rowCount, second.cutBy, jsonText(second)]).toEqual([1, 'max_result_bytes', '[["abc"]]']);
    const over = encode([text], [['abcdefghij']], limits);
    expect(over).toMatchObject({ rowCount: 0, cutBy: 'max_result_bytes' });
    expect(over.oversizedRowBytes).toBeGreaterThan(4);
    expect(jsonText(over)).toBe('[]');
    expect(over.textRows()).toHaveLength(0);
  });

  it('says max_rows where the one row too many is also too large to be read', () => {
    const encoder = encode([text], [['a']], { ...roomy, maxRows: 1 });
    encoder.oversizedRow(500_000);
    expect(encoder).toMatchObject({ rowCount: 1, cutBy: 'max_rows', oversizedRowBytes: undefined });
  });

  it('stops the text at its own limit while the data goes on', () => {
    const encoder = encode([text], [['aaaa'], ['bbbb'], ['cccc']], { ...roomy, maxTextBytes: 12 });
    expect(encoder.textRows().toString()).toBe('aaaa\\nbbbb\\n');
    expect(encoder).toMatchObject({ rowCount: 3, textRowCount: 2 });
  });
});

describe('queryAnswer', () => {
  it.each(['markdown', 'json'] as const)('counts the text of %s in bytes, not in characters', (format) => {
    const limits = { ...roomy, maxBytes: 20_000 };
    const rows = Array.from({ length: 20 }, () => ['漢'.repeat(200)]);
    const { encoded } = answer(encode([text], rows, { ...limits, maxTextBytes: 0 }), format, limits);
    const headAndColumns = 400;
    expect(encoded.structured.length).toBeGreaterThan(12_000);
    expect(encoded.structured.length + encoded.text.length).toBeLessThan(limits.maxBytes + headAndColumns);
  });

  it('gives positional rows, so that columns of the same name all survive', () => {
    const encoder = new RowEncoder(roomy);
    encoder.columns([
      { name: 'a', dataTypeID: 23 },
      { name: 'a', dataTypeID: 23 },
    ]);
    const payload = dataRow(['1', '2']);
    encoder.row(payload, 0, payload.length);
    expect(answer(encoder).structured).toEqual({
      columns: [
        { name: 'a', type: 'int4' },
        { name: 'a', type: 'int4' },
      ],
      rows: [[1, 2]],
      row_count: 1,
      truncated: false,
      elapsed_ms: 1.3,
    });
  });

  it('writes CSV that tells null from the empty string', () => {
    expect(answer(encode([text, text, text], [[null, '', 'a,"b"']])).text).toBe(
      '1 row\nc0,c1,c2\n,"","a,""b"""\n',
    );
  });

  it('says in one line which limit cut and how to get the rest', () => {
    const limits = { ...roomy, maxRows: 1 };
    const cut = answer(encode([23], [['1'], ['2']], limits), 'csv', limits);
    expect(cut.text.split('\n')[0]).toBe(
      '1 row, more exist; cut by max_rows = 1: raise max_rows (up to 10000), aggregate, or narrow the WHERE clause',
    );
    expect(cut.structured).toMatchObject({ truncated: true, truncated_by: 'max_rows' });
  });

  it('names the size of a first row that alone is over the limit', () => {
    const limits = { ...roomy, maxBytes: 20 };
    expect(answer(encode([text], [['x'.repeat(50)]], limits), 'csv', limits).text).toMatch(
      /^0 rows; the first row alone has 54 bytes, cut by the limit of 20 bytes an answer: select less of it/,
    );
  });

  it('gives a first row that fits once as data only, and says so', () => {
    const limits = { ...roomy, maxBytes: 60, maxTextBytes: 60 };
    const { structured, text: shown } = answer(
      encode([text], [['x'.repeat(40)], ['y']], limits),
      'csv',
      limits,
    );
    expect(structured).toMatchObject({ row_count: 2, truncated: false });
    expect(shown.split('\n')[0]).toBe(
      '2 rows; this text shows the first 0, structuredContent has all: select fewer or shorter columns to see them here',
    );
  });

  it('says how many rows the text shows where it holds fewer than the data', () => {
    const limits = { ...roomy, maxTextBytes: 12 };
    expect(answer(encode([text], [['aaaa'], ['bbbb'], ['cccc']], limits), 'csv', limits).text).toMatch(
      /^3 rows; this text shows the first 2, structuredContent has all/,
    );
  });

  it('writes markdown with pipes and line breaks escaped', () => {
    expect(answer(encode([text, 701], [['a|b\nc\rd\r\ne', '-0']]), 'markdown').text).toBe(
      '1 row\n| c0 | c1 |\n| --- | --- |\n| a\\|b<br>c<br>d<br>e | -0 |\n',
    );
  });

  it('writes JSON lines with every digit as Postgres printed it', () => {
    expect(answer(encode([701, 20, text], [['-0', '1', null]]), 'json').text).toBe(
      '1 row\n["c0","c1","c2"]\n[-0,"1",null]\n',
    );
  });

  it('replaces bytes that are not UTF-8, so that the answer stays valid JSON', () => {
    const encoder = new RowEncoder(roomy);
    encoder.columns([{ name: 'a', dataTypeID: text }]);
    const payload = Buffer.from([0, 1, 0, 0, 0, 2, 0xff, 0x41]);
    encoder.row(payload, 0, payload.length);
    expect(answer(encoder).structured).toMatchObject({ rows: [['\ufffdA']] });
  });
});
