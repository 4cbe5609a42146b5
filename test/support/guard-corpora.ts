// Reads the guard's corpora: the project's own, and the shared ones where they lie beside the project.
import { existsSync, readFileSync } from 'node:fs';
import type { Verdict } from '../../src/guard/guard.ts';

/** A statement of a corpus; which other fields there are depends on the corpus. */
export type CorpusLine = {
  readonly sql: string;
  readonly category?: string;
  /** The code a refusal must have. */
  readonly code?: string;
  readonly must?: 'hard' | 'policy';
  readonly id?: string;
};

const own = new URL('../corpora/guard/', import.meta.url);
const shared = new URL('../../../shared/guard/', import.meta.url);

/** True where the shared corpora can be read; tests that need them are skipped by name elsewhere. */
export const hasSharedCorpora = existsSync(shared);

/** The statements of one of the project's own corpora. */
export function ownCorpus(name: string): readonly CorpusLine[] {
  return linesOf(new URL(`${name}.jsonl`, own));
}

/** The text of a file beside the project's own corpora. */
export function ownText(name: string): string {
  return readFileSync(new URL(name, own), 'utf8');
}

/** The statements of one of the shared corpora, for example `attacks` or `corpora/tpch`. */
export function sharedCorpus(name: string): readonly CorpusLine[] {
  return linesOf(new URL(`${name}.jsonl`, shared));
}

/** One line for a failure message: the text, shortened, and what the guard said of it. */
export function report(line: CorpusLine, verdict: Verdict): string {
  const said = verdict.accepted ? 'accepted' : `${verdict.error.code}: ${verdict.error.message}`;
  return `${line.sql.slice(0, 160)} -> ${said}`;
}

function linesOf(file: URL): readonly CorpusLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CorpusLine);
}
