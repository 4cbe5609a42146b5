// Reads the source into what the architecture test asks about: imports, exports, functions, comments. It runs nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Comment, type Node, parseSync } from 'oxc-parser';

/** The root of the project. */
export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** One import of a file, types and dynamic ones included. */
export type SourceImport = {
  /** Path from the root for a file of ours, else the name of the package (`node:fs`, `pg`). */
  readonly target: string;
  readonly specifier: string;
  readonly dynamic: boolean;
  /** Erased when it runs: `import type`, or every name in it is a type. */
  readonly typeOnly: boolean;
};

/** One function, method or arrow function with its length in lines. */
export type SourceFunction = { readonly name: string; readonly line: number; readonly lines: number };

/** One name that a file gives away. */
export type SourceExport = { readonly name: string; readonly documented: boolean };

/** One source file, read. */
export type SourceFile = {
  readonly path: string;
  /** Folder below src, `''` for none. */
  readonly room: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly comments: readonly Comment[];
  readonly imports: readonly SourceImport[];
  readonly exports: readonly SourceExport[];
  readonly functions: readonly SourceFunction[];
  readonly statements: readonly Node[];
  readonly nodes: readonly Node[];
};

/** Every TypeScript file below a folder, by path from the root. */
export function readSourceTree(folder: string): readonly SourceFile[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(projectRoot.length + 1))
    .sort()
    .map(readSourceFile);
}

/** Line of a place in a text, from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function readSourceFile(path: string): SourceFile {
  const text = readFileSync(join(projectRoot, path), 'utf8');
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path} does not parse: ${parsed.errors[0]?.message}`);
  const nodes: Node[] = [];
  const functions: SourceFunction[] = [];
  walk(parsed.program as unknown as Node, undefined, (node, parent) => {
    nodes.push(node);
    if (isFunction(node)) functions.push(describeFunction(text, node, parent));
  });
  const [, room = ''] = /^src\/([^/]+)\//.exec(path) ?? [];
  return {
    path,
    room,
    text,
    lines: text.split('\n'),
    comments: parsed.comments,
    imports: nodes.flatMap((node) => importsOf(path, node)),
    exports: exportsOf(text, parsed.program.body as unknown as Node[], parsed.comments),
    functions,
    statements: parsed.program.body as unknown as Node[],
    nodes,
  };
}

/** Every node of a tree with its parent, parents first. */
function walk(
  node: Node,
  parent: Node | undefined,
  visit: (node: Node, parent: Node | undefined) => void,
): void {
  visit(node, parent);
  for (const [key, value] of Object.entries(node)) {
    if (key === 'parent') continue;
    for (const child of Array.isArray(value) ? value : [value])
      if (typeof child === 'object' && child !== null && 'type' in child) walk(child as Node, node, visit);
  }
}

function importsOf(path: string, node: Node): SourceImport[] {
  if (node.type === 'ImportDeclaration') {
    const named = node.specifiers;
    const everyType =
      named.length > 0 && named.every((one) => 'importKind' in one && one.importKind === 'type');
    return [importOf(path, node.source.value, false, node.importKind === 'type' || everyType)];
  }
  if (node.type === 'ExportNamedDeclaration' && node.source !== null)
    return [importOf(path, node.source.value, false, node.exportKind === 'type')];
  if (node.type === 'ExportAllDeclaration') return [importOf(path, node.source.value, false, false)];
  if (node.type === 'ImportExpression' && node.source.type === 'Literal')
    return [importOf(path, String(node.source.value), true, false)];
  if (node.type === 'TSImportType' && node.source.type === 'Literal')
    return [importOf(path, String(node.source.value), false, true)];
  return [];
}

function importOf(path: string, specifier: string, dynamic: boolean, typeOnly: boolean): SourceImport {
  const target = specifier.startsWith('.')
    ? posix.join(posix.dirname(path), specifier)
    : packageOf(specifier);
  return { target, specifier, dynamic, typeOnly };
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function exportsOf(text: string, statements: readonly Node[], comments: readonly Comment[]): SourceExport[] {
  return statements.flatMap((statement) => {
    if (statement.type !== 'ExportNamedDeclaration' || statement.declaration === null) return [];
    const documented = comments.some(
      ({ value, end }) =>
        value.startsWith('*') && end <= statement.start && text.slice(end, statement.start).trim() === '',
    );
    return declaredNames(statement.declaration as Node).map((name) => ({ name, documented }));
  });
}

/** Names that a declaration brings in. */
export function declaredNames(declaration: Node): string[] {
  if (declaration.type === 'VariableDeclaration')
    return declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
  if ('id' in declaration && declaration.id !== null && 'name' in declaration.id)
    return [String(declaration.id.name)];
  return [];
}

function isFunction(node: Node): boolean {
  return (
    (node.type === 'FunctionDeclaration' && node.body !== null) ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

function describeFunction(text: string, node: Node, parent: Node | undefined): SourceFunction {
  const line = lineOf(text, node.start);
  const own = 'id' in node && node.id !== null ? declaredNames(node) : [];
  const given = parent === undefined ? [] : [...declaredNames(parent), ...keyName(parent)];
  return { name: own[0] ?? given[0] ?? 'anonymous', line, lines: lineOf(text, node.end) - line + 1 };
}

function keyName(node: Node): string[] {
  return 'key' in node && typeof node.key === 'object' && node.key !== null && 'name' in node.key
    ? [String(node.key.name)]
    : [];
}
