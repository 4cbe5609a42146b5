// The only importer of libpg-query, Postgres' own grammar as WebAssembly; it parses and judges nothing.
//
// It calls the compiled grammar itself and not through the package's own functions, which look for the end of each text
// byte by byte in JavaScript: with Node's buffers the way in and out takes a microsecond instead of ten.
import { setFlagsFromString } from 'node:v8';
import type { Grammar } from 'libpg-query/wasm/libpg-query.js';
import { CodedError } from '../base/errors.ts';

/** What the parser says of a text: its statements, or the error of Postgres' grammar. */
export type Parsed =
  | { readonly statements: readonly unknown[] }
  | { readonly syntaxError: { readonly message: string; readonly characterOffset: number } };

/**
 * Parses a text that is within the bounds of text-limits.ts. Throws whatever is no error of the grammar (a stack that
 * overflowed, memory that ran out): after that the instance must not be trusted again.
 */
export type Parse = (sql: string) => Parsed;

/** Loads the parser; nothing of it is read or compiled before. */
export async function loadParser(): Promise<Parse> {
  // V8's optimising compiler takes 600 MB for a moment over the grammar's one huge function, and gains a quarter.
  setFlagsFromString('--no-wasm-dynamic-tiering');
  setFlagsFromString('--no-wasm-tier-up');
  const { default: load } = await import('libpg-query/wasm/libpg-query.js');
  const grammar = await load();
  const memory = memoryOf(grammar);
  return (sql) => parse(grammar, memory, sql);
}

/** The memory as it is now: it moves when it grows. */
function memoryOf(grammar: Grammar): () => Buffer {
  let memory = Buffer.from(grammar.HEAPU8.buffer);
  return () => {
    const { buffer } = grammar.HEAPU8;
    if (memory.buffer !== buffer) memory = Buffer.from(buffer);
    return memory;
  };
}

function parse(grammar: Grammar, memory: () => Buffer, sql: string): Parsed {
  const bytes = Buffer.byteLength(sql);
  const text = grammar._malloc(bytes + 1);
  if (text === 0) throw outOfMemory();
  const before = memory();
  before.write(sql, text, bytes, 'utf8');
  before[text + bytes] = 0;
  const result = grammar._wasm_parse_query_raw(text);
  if (result === 0) throw outOfMemory();
  const parsed = readResult(memory(), result);
  grammar._wasm_free_parse_result(result);
  grammar._free(text);
  return parsed;
}

/** PgQueryParseResult: the addresses of the tree as JSON, of what was written to stderr, and of the error (pg_query.h). */
function readResult(memory: Buffer, result: number): Parsed {
  const error = memory.readInt32LE(result + 8);
  if (error !== 0) return { syntaxError: readError(memory, error) };
  const tree = memory.readInt32LE(result);
  if (tree === 0) throw outOfMemory();
  const { stmts = [] } = JSON.parse(textAt(memory, tree)) as { readonly stmts?: readonly unknown[] };
  return { statements: stmts };
}

/** PgQueryError: the addresses of message, function and file, the line, and the place in characters from 1 (pg_query.h). */
function readError(memory: Buffer, error: number): { message: string; characterOffset: number } {
  const message = textAt(memory, memory.readInt32LE(error));
  // Cut off, because the message quotes the text.
  const short = message.length > maxMessage ? `${message.slice(0, maxMessage)}…` : message;
  return { message: short, characterOffset: Math.max(0, memory.readInt32LE(error + 16) - 1) };
}

const maxMessage = 200;

function textAt(memory: Buffer, at: number): string {
  return memory.toString('utf8', at, memory.indexOf(0, at));
}

function outOfMemory(): CodedError {
  return new CodedError('INTERNAL', 'the parser gave no result');
}
