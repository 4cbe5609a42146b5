// Reads the cells of a DataRow in text form (manual, 55.7).

/** The payload begins at `start`; null is SQL null. */
export function textCells(bytes: Buffer, start: number): (string | null)[] {
  const count = bytes.readUInt16BE(start);
  const cells: (string | null)[] = [];
  let at = start + 2;
  for (let index = 0; index < count; index++) {
    const length = bytes.readInt32BE(at);
    at += 4;
    cells.push(length === -1 ? null : bytes.toString('utf8', at, at + length));
    if (length > 0) at += length;
  }
  return cells;
}
