// The only importer of pgsql-ast-parser: a second reading that may object and never agrees; its failure is no opinion.

/** Says why the text is no plain read, or undefined for no objection; throws where it cannot read the text. */
export type SecondReading = (sql: string) => string | undefined;

/** Loads the second parser, which is slow and can hang: only ever in a worker with a deadline. */
export async function loadSecondParser(): Promise<SecondReading> {
  const { parse } = await import('pgsql-ast-parser');
  return (sql) => {
    const statements: readonly unknown[] = parse(sql);
    if (statements.length > 1) return `${statements.length} statements`;
    return objectionTo(statements[0], 0);
  };
}

const reads: ReadonlySet<string> = new Set([
  ...['select', 'union', 'union all', 'with', 'with recursive', 'values', 'show'],
]);

const writes =
  /^(?:insert|update|delete|create|alter|drop|truncate|do|set|begin|commit|rollback|start|prepare|deallocate|comment|raise|refresh|tablespace)\b/;

function objectionTo(value: unknown, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null || depth > 500) return undefined;
  const node = value as Readonly<Record<string, unknown>>;
  const kind = typeof node['type'] === 'string' ? node['type'] : '';
  if (depth === 0 && !reads.has(kind)) return `a statement of kind "${kind}"`;
  if (writes.test(kind)) return `a part of kind "${kind}"`;
  const lock = node['for'];
  if (kind === 'select' && typeof lock === 'object' && lock !== null) return 'a row lock';
  for (const part of Object.values(node)) {
    const objection = objectionTo(part, depth + 1);
    if (objection !== undefined) return objection;
  }
  return undefined;
}
