// What all rows of a result share, made ready once for each list of columns: a statement that is run again brings the same
// list, and writing names and types took it longer than writing a row.
import { builtInTypeName, type CellKind, cellKind } from './column-types.ts';

/** What an answer needs to know of a column (RowDescription). */
export type ColumnField = { readonly name: string; readonly dataTypeID: number };

export type ResultShape = {
  /** How the cells of each column become JSON. */
  readonly kinds: readonly CellKind[];
  /** Names and types as JSON objects with commas between them; undefined where users made one of the types. */
  readonly columnsJson: string | undefined;
  /** The names as a CSV line, for the inside of a JSON string. */
  readonly csvHeader: string;
};

const shapes = new WeakMap<readonly ColumnField[], ResultShape>();

/** The shape of results with these columns; `fields` must not change afterwards. */
export function resultShape(fields: readonly ColumnField[]): ResultShape {
  const known = shapes.get(fields);
  if (known !== undefined) return known;
  const typeNames = fields.map(({ dataTypeID }) => builtInTypeName(dataTypeID));
  const shape = {
    kinds: fields.map(({ dataTypeID }) => cellKind(dataTypeID)),
    columnsJson: typeNames.every((name) => name !== undefined) ? columnsJson(fields, typeNames) : undefined,
    csvHeader: JSON.stringify(`${fields.map(({ name }) => csvField(name)).join(',')}\n`).slice(1, -1),
  };
  shapes.set(fields, shape);
  return shape;
}

/** Names and types of columns as JSON objects with commas between them; `typeNames` holds one for each, in order. */
export function columnsJson(fields: readonly ColumnField[], typeNames: readonly string[]): string {
  return fields
    .map(({ name }, index) => JSON.stringify({ name, type: typeNames[index] ?? 'unknown' }))
    .join(',');
}

function csvField(name: string): string {
  return /[",\n\r]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
