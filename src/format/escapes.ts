// Which bytes cannot stand in a JSON string or a bare CSV field as they are, and what stands for them in JSON
// (RFC 8259, section 7). It knows no encoding but UTF-8, where all of them are one byte.

/** What a byte asks for: nothing, a CSV field in quotes, an escape in JSON, or both. */
export const care = { none: 0, csvQuotes: 1, escape: 2, both: 3 } as const;

const short: ReadonlyMap<number, string> = new Map([
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);
const csvSpecial = new Set([...'",\n\r'].map((character) => character.charCodeAt(0)));

/** The JSON escape of every byte; empty where the byte stands for itself. */
export const jsonEscapes: readonly Buffer[] = Array.from({ length: 256 }, (_, code) => {
  const long = code < 0x20 ? `\\u${code.toString(16).padStart(4, '0')}` : '';
  return Buffer.from(short.get(code) ?? long);
});

/** `care` of every byte; a CSV field with a quote, a comma or a line break stands in quotes (RFC 4180, 2.6). */
export const careOfByte: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => {
  const escaped = jsonEscapes[code]?.length === 0 ? care.none : care.escape;
  return escaped + (csvSpecial.has(code) ? care.csvQuotes : care.none);
});

/** Bytes that an escape takes beyond the one it stands for. */
export const extraOfByte: Uint8Array = Uint8Array.from(jsonEscapes, ({ length }) => Math.max(0, length - 1));
