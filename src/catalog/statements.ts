// Loads our own SQL from sql/catalog, one statement a file, once and only when asked; it never builds SQL from text.
import { readFile } from 'node:fs/promises';

/** Gives the text of `sql/catalog/<name>.sql`; reads the file at the first call and keeps the text. */
export type Statements = (name: string) => Promise<string>;

/** The folder is a parameter for tests only: `sql/` stands beside both `src/` and `dist/`. */
export function createStatements(folder = new URL('../../sql/catalog/', import.meta.url)): Statements {
  const texts = new Map<string, Promise<string>>();
  return (name) => {
    const known = texts.get(name);
    if (known !== undefined) return known;
    const text = readFile(new URL(`${name}.sql`, folder), 'utf8');
    texts.set(name, text);
    text.catch(() => texts.delete(name));
    return text;
  };
}
