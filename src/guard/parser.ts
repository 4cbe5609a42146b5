// The only importer of libpg-query, Postgres' own grammar as WebAssembly; it parses and judges nothing.
import { setFlagsFromString } from 'node:v8';

/** What the parser says of a text: its statements, or the error of Postgres' grammar. */
export type Parsed =
  | { readonly statements: readonly unknown[] }
  | { readonly syntaxError: { readonly message: string; readonly characterOffset: number } };

/**
 * Parses a text that is within the bounds of text-limits.ts. Throws whatever is no error of the grammar (a stack that
 * overflowed, memory that ran out): after that the instance must not be trusted again.
 */
export type Parse = (sql: string) => Parsed;

/** Loads the parser; the module begins to compile its WebAssembly when imported, so it is imported here and not above. */
export async function loadParser(): Promise<Parse> {
  // V8's optimising compiler takes 400 MB for a moment over the grammar's one huge function, and gains nothing.
  setFlagsFromString('--no-wasm-dynamic-tiering');
  setFlagsFromString('--no-wasm-tier-up');
  const { loadModule, parseSync, SqlError } = await import('libpg-query');
  await loadModule();
  return (sql) => {
    try {
      return { statements: parseSync(sql).stmts ?? [] };
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      // Cut off, because the message quotes the text.
      const message = error.message.length > 200 ? `${error.message.slice(0, 200)}…` : error.message;
      return { syntaxError: { message, characterOffset: error.sqlDetails?.cursorPosition ?? 0 } };
    }
  };
}
