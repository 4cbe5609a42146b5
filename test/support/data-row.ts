// DataRow payloads as Postgres sends them, for tests of the row encoder.

/** int16 count, then per cell an int32 length (-1 for null) and the text form (manual, 55.7). */
export function dataRow(cells: readonly (string | null)[]): Buffer {
  const parts: Buffer[] = [Buffer.alloc(2)];
  parts[0]!.writeUInt16BE(cells.length);
  for (const cell of cells) {
    const head = Buffer.alloc(4);
    const body = cell === null ? Buffer.alloc(0) : Buffer.from(cell, 'utf8');
    head.writeInt32BE(cell === null ? -1 : body.length);
    parts.push(head, body);
  }
  return Buffer.concat(parts);
}
