// Reads the identifier that stands at a place of SQL text, as Postgres' lexer would; it reads nothing else.

const identifierForm =
  /(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*))*/uy;

/** The dotted name that begins at `offset`, as it is written, or undefined where none does. */
export function identifierAt(sql: string, offset: number): string | undefined {
  identifierForm.lastIndex = offset;
  return identifierForm.exec(sql)?.[0].replace(/\s+/g, '');
}
