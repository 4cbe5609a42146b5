// The floor plan and the house style, held by tests that read the source. They load none of it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Node } from 'oxc-parser';
import { describe, expect, it } from 'vitest';
import {
  declaredNames,
  lineOf,
  projectRoot,
  readSourceTree,
  type SourceFile,
  type SourceImport,
} from './support/source-tree.ts';

const source = readSourceTree('src');
const tests = readSourceTree('test');
const byPath = new Map(source.map((file) => [file.path, file]));

/** Rooms by floor; an import may only lead to a lower floor. Leaves may look down from the top, and only cli loads them. */
const floors: Readonly<Record<string, number>> = {
  base: 0,
  guard: 1,
  pg: 1,
  format: 1,
  observe: 1,
  config: 1,
  store: 1,
  query: 2,
  catalog: 2,
  auth: 2,
  tools: 3,
  mcp: 4,
  http: 5,
  stdio: 5,
  app: 6,
  demo: 6,
  cli: 7,
};

/** Files whose work begins when they are loaded: they are the first file of a process or a thread. */
const entryFiles = /^src\/(cli\/main|guard\/[a-z-]*worker|store\/sqlite\/sqlite-worker|demo\/keeper)\.ts$/;

/** Declared data tables: the only files that may be longer than 300 lines. */
const dataTables = new Set(['src/base/error-catalogue.ts', 'src/config/options.ts']);
const isDataTable = (path: string) =>
  dataTables.has(path) || /^src\/guard\/(builtin-names|[a-z]+-lists|node-fields)\.ts$/.test(path);

const roomOf = (target: string) => /^src\/([^/]+)\//.exec(target)?.[1];
const at = (file: SourceFile, node: Node) => `${file.path}:${lineOf(file.text, node.start)}`;
const importers = (of: (target: string) => boolean, counts: (one: SourceImport) => boolean = () => true) =>
  source.filter((file) => file.imports.some((one) => of(one.target) && counts(one))).map((file) => file.path);
const nodesWhere = (test: (node: Node, file: SourceFile) => boolean) =>
  source.flatMap((file) => file.nodes.filter((node) => test(node, file)).map((node) => at(file, node)));

describe('the floors', () => {
  it('have a place for every room', () => {
    expect([...new Set(source.map(({ room }) => room))].filter((room) => floors[room] === undefined)).toEqual(
      [],
    );
  });

  it('are drawn in docs/explanation/architecture.md as they are, each room once', () => {
    const page = readFileSync(join(projectRoot, 'docs/explanation/architecture.md'), 'utf8');
    const [, picture = ''] = page.split('```');
    const lines = [...picture.matchAll(/^ ([\d ]) {2}(.+?) {3}/gm)];
    const drawn = lines.flatMap(([, floor = '', rooms = '']) =>
      rooms.split('  ').map((room) => [room, floor.trim()]),
    );
    // The leaves stand on no floor; bench is a folder beside src.
    const built = Object.entries(floors).map(([room, floor]) => [room, room === 'demo' ? '' : `${floor}`]);
    expect(drawn.toSorted()).toEqual([...built, ['bench', '']].toSorted());
  });

  it('are only ever left downwards, types included', () => {
    const wrong = source.flatMap((file) =>
      file.imports
        .filter(({ target }) => target.startsWith('src/') && roomOf(target) !== file.room)
        .filter(({ target }) => (floors[roomOf(target) ?? ''] ?? 99) >= (floors[file.room] ?? -1))
        .map(({ target }) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('hold no loop of files, types included', () => {
    expect(source.map((file) => loopFrom(file.path)).filter((loop) => loop !== undefined)).toEqual([]);
  });

  it('find every file that is imported', () => {
    const missing = source.flatMap((file) =>
      file.imports
        .filter(({ target }) => target.startsWith('src/') && !byPath.has(target))
        .map(({ specifier }) => `${file.path} imports ${specifier}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the walls', () => {
  it.each([
    ['pg', ['query', 'catalog', 'app', 'demo']],
    ['config', ['app', 'cli']],
    ['demo', ['cli']],
    ['query', ['tools', 'app', 'cli', 'demo']],
    ['http', ['app']],
    ['stdio', ['app']],
  ])('only let these rooms import %s: %j', (room, allowed) => {
    const rooms = importers((target) => roomOf(target) === room).map((path) => roomOf(path) ?? '');
    expect(
      [...new Set(rooms)].filter((importer) => importer !== room && !allowed.includes(importer)),
    ).toEqual([]);
  });

  it('let no door load a tool', () => {
    const loaders = importers(
      (target) => roomOf(target) === 'tools',
      ({ typeOnly }) => !typeOnly,
    );
    expect(loaders.filter((path) => !/^src\/(tools|mcp|app)\//.test(path))).toEqual([]);
  });

  it.each([
    ['pino', /^src\/observe\/logger\.ts$/],
    ['p-limit', /^src\/pg\/semaphore\.ts$/],
    ['pg-pool', /^src\/pg\/connection-pool\.ts$/],
    ['pg', /^src\/(pg|demo)\/|^src\/store\/backends\/postgres\.ts$/],
    ['ioredis', /^src\/store\/backends\/redis\.ts$/],
    ['mongodb', /^src\/store\/backends\/mongodb\.ts$/],
    ['@aws-sdk/client-dynamodb', /^src\/store\/backends\/dynamodb(-table)?\.ts$/],
    ['node:sqlite', /^src\/store\/sqlite\/record-file\.ts$/],
    ['rocksdb-native', /^src\/store\/backends\/rocksdb\.ts$/],
    ['yaml', /^src\/config\/option-file\.ts$/],
    ['fastify', /^src\/http\//],
    ['zod', /^src\/(tools|mcp)\//],
    ['oidc-provider', /^src\/auth\/authorization\//],
    ['jose', /^src\/auth\//],
    ['@modelcontextprotocol/server', /^src\/(mcp|http|stdio)\//],
    ['openid-client', /^src\/auth\/idp\//],
  ])('keep the package %s behind %s', (name, owner) => {
    expect(importers((target) => target === name).filter((path) => !owner.test(path))).toEqual([]);
  });

  it.each(['pino', 'p-limit', 'pg-pool', 'yaml', 'libpg-query'])(
    'let one file know the package %s',
    (name) => {
      expect(importers((target) => target === name).length).toBeLessThanOrEqual(1);
    },
  );

  it('keep input and output out of guard and format', () => {
    const doors = /^node:(fs|net|http|https|tls|dns|child_process|dgram|readline)(\/|$)/;
    const files = importers((target) => doors.test(target));
    expect(files.filter((path) => /^src\/(guard|format)\//.test(path))).toEqual([]);
  });

  it('read the environment in one file', () => {
    const reads = nodesWhere((node) => isMember(node, 'process', 'env'));
    expect(reads.filter((place) => !place.startsWith('src/config/environment.ts:'))).toEqual([]);
  });

  it('write to standard output in cli and stdio only', () => {
    const writes = nodesWhere((node) => isMember(node, 'process', 'stdout') || isMember(node, 'console'));
    expect(writes.filter((place) => !/^src\/(cli|stdio)\//.test(place))).toEqual([]);
  });

  it('keep state, OAuth and sign-in away from whoever does not sign in', () => {
    const starts = ['src/app/serve.ts', 'src/app/stdio.ts', 'src/app/core.ts'];
    const loaded = new Set(starts.flatMap((path) => [...closureOf(path)]));
    const rooms = [...loaded].filter((target) => /^src\/(store|auth\/(idp|sign-in))\//.test(target));
    expect([
      ...rooms,
      ...[...loaded].filter((target) => /^(oidc-provider|openid-client|jose)$/.test(target)),
    ]).toEqual([]);
  });

  it('keep Fastify away from stdio', () => {
    const starts = source
      .map(({ path }) => path)
      .filter((path) => /^src\/(stdio\/|app\/stdio\.ts|cli\/stdio\.ts)/.test(path));
    const loaded = new Set(starts.flatMap((path) => [...closureOf(path)]));
    expect([...loaded].filter((target) => target === 'fastify' || roomOf(target) === 'http')).toEqual([]);
  });

  it('load a driver of a store only once its kind is chosen', () => {
    const drivers = /^(pg|ioredis|mongodb|@aws-sdk\/.*|rocksdb-native)$/;
    expect([...closureOf('src/store/backends/index.ts')].filter((target) => drivers.test(target))).toEqual(
      [],
    );
  });

  it('load Postgres, Fastify and the MCP SDK only once a command runs', () => {
    const heavy = /^(pg|pg-pool|fastify|pino|yaml|zod|libpg-query|@modelcontextprotocol\/.*)$/;
    const loaded = [
      ...closureOf('src/cli/main.ts'),
      ...source.filter(({ room }) => room === 'cli').flatMap(({ path }) => [...closureOf(path)]),
    ];
    expect(loaded.filter((target) => heavy.test(target))).toEqual([]);
  });
});

describe('names', () => {
  it('of folders say what is in them', () => {
    const vague = /(^|\/)(utils?|helpers?|common|shared|internal|misc|lib)(\/|$)/;
    expect(source.map(({ path }) => dirname(path)).filter((folder) => vague.test(folder))).toEqual([]);
  });

  it('of files are kebab-case, those of tools the name of the tool', () => {
    const form = (path: string) =>
      /^src\/tools\//.test(path) ? /^[a-z]+(_[a-z]+)*\.ts$/ : /^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/;
    const wrong = source.filter(
      ({ path }) => !form(path).test(basename(path)) && !form('src/x').test(basename(path)),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('of declarations end in no Manager, Service, Handler, Helper, Util or Impl', () => {
    const wrong = source.flatMap((file) =>
      file.nodes
        .flatMap((node) => (isDeclaration(node) ? declaredNames(node) : []))
        .filter((name) => /(Manager|Service|Handler|Helper|Util|Utils|Impl)$/.test(name))
        .map((name) => `${file.path}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('of imported files end in .ts', () => {
    const wrong = source.flatMap((file) =>
      file.imports
        .filter(({ specifier }) => specifier.startsWith('.') && !specifier.endsWith('.ts'))
        .map(({ specifier }) => `${file.path}: ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('files', () => {
  it.each(['src', 'test'])('below %s begin with a comment that says what they are for', (folder) => {
    const files = folder === 'src' ? source : tests;
    const first = ({ lines }: SourceFile) => (lines[0]?.startsWith('#!') ? lines[1] : lines[0]) ?? '';
    expect(files.filter((file) => !/^\/\/ \S.{20,}/.test(first(file))).map(({ path }) => path)).toEqual([]);
  });

  it('of SQL hold ASCII only, comments too, as the encoding of a database need not have anything else', () => {
    const files = readdirSync(join(projectRoot, 'sql'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.sql') && !path.startsWith('demo/'))
      .map((path) => ({ path, text: readFileSync(join(projectRoot, 'sql', path), 'latin1') }));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter(({ text }) => /[^\t\n -~]/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('have at most 300 lines, but for declared data tables', () => {
    const long = source.filter(({ path, lines }) => lines.length > 301 && !isDataTable(path));
    expect(long.map(({ path, lines }) => `${path} has ${lines.length - 1} lines`)).toEqual([]);
  });

  it('have functions of at most 70 lines, 10 in the middle', () => {
    const all = source.flatMap((file) => file.functions.map((one) => ({ ...one, path: file.path })));
    expect(
      all
        .filter(({ lines }) => lines > 70)
        .map(({ path, name, lines }) => `${path}: ${name} has ${lines} lines`),
    ).toEqual([]);
    const lengths = all.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(10);
  });

  it('export by name, and only what is their own', () => {
    const wrong = source.flatMap((file) =>
      file.statements
        .filter(
          (node) =>
            node.type === 'ExportDefaultDeclaration' ||
            node.type === 'ExportAllDeclaration' ||
            (node.type === 'ExportNamedDeclaration' && node.source !== null),
        )
        .map((node) => at(file, node)),
    );
    expect(wrong).toEqual([]);
  });

  it('explain what other rooms use of them', () => {
    const used = new Set(source.flatMap((file) => file.nodes.flatMap((node) => importedNames(file, node))));
    const silent = source.flatMap((file) =>
      file.exports
        .filter(({ name, documented }) => !documented && used.has(`${file.path} ${name}`))
        .map(({ name }) => `${file.path}: ${name}`),
    );
    expect(silent).toEqual([]);
  });

  it('do no work and keep no state when they are loaded', () => {
    const wrong = source.flatMap((file) =>
      file.statements
        .filter(
          (node) =>
            node.type === 'ExpressionStatement' ||
            (node.type === 'VariableDeclaration' && node.kind !== 'const') ||
            (node.type === 'ExportNamedDeclaration' &&
              node.declaration?.type === 'VariableDeclaration' &&
              node.declaration.kind !== 'const'),
        )
        .filter(() => !entryFiles.test(file.path))
        .map((node) => at(file, node)),
    );
    expect(wrong).toEqual([]);
  });

  it('hold no loose end', () => {
    const marks = /\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b|@ts-(ignore|expect-error|nocheck)/;
    const wrong = [...source, ...tests].flatMap((file) =>
      file.comments
        .filter(({ value }) => marks.test(value))
        .map(({ start }) => `${file.path}:${lineOf(file.text, start)}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('types and errors', () => {
  it('use no any', () => {
    expect(nodesWhere((node) => node.type === 'TSAnyKeyword')).toEqual([]);
  });

  it('use no syntax that type stripping cannot erase', () => {
    const kept = [
      'TSEnumDeclaration',
      'TSParameterProperty',
      'TSExportAssignment',
      'TSImportEqualsDeclaration',
    ];
    expect(
      nodesWhere(
        (node) => kept.includes(node.type) || (node.type === 'TSModuleDeclaration' && node.declare !== true),
      ),
    ).toEqual([]);
  });

  it('throw coded errors, and those of the MCP SDK and the OAuth provider where the protocol asks for them', () => {
    const coded = (file: SourceFile) =>
      file.room === 'mcp' ? /^(CodedError|ProtocolError|ResourceNotFoundError)$/ : /^CodedError$/;
    const bare = nodesWhere((node, file) => {
      if (node.type !== 'ThrowStatement' || node.argument.type !== 'NewExpression') return false;
      if (file.path.startsWith('src/auth/authorization/') && isMember(node.argument.callee, 'errors'))
        return false;
      return node.argument.callee.type !== 'Identifier' || !coded(file).test(node.argument.callee.name);
    });
    expect(bare).toEqual([]);
  });
});

describe('tests', () => {
  it('mock nothing but clocks', () => {
    const mocks = ['mock', 'doMock', 'fn', 'spyOn', 'stubGlobal', 'stubEnv', 'mocked'];
    const wrong = tests.flatMap((file) =>
      file.nodes
        .filter((node) => mocks.some((name) => isMember(node, 'vi', name)))
        .map((node) => at(file, node)),
    );
    expect(wrong).toEqual([]);
  });

  it('stand below a folder that says their kind', () => {
    const kinds = [
      'unit',
      'integration',
      'contract',
      'anomaly',
      'e2e',
      'conformance',
      'support',
      'container',
      'fixtures',
    ];
    const wrong = tests
      .map(({ path }) => path)
      .filter(
        (path) =>
          !kinds.includes(path.split('/')[1] ?? '') && !/^test\/(architecture|docs)\.test\.ts$/.test(path),
      );
    expect(wrong).toEqual([]);
  });

  it('of rooms without input and output mirror the source', () => {
    const folders = [
      ...new Set(
        tests
          .map(({ path }) => path)
          .filter((path) => path.startsWith('test/unit/'))
          .map((path) => path.split('/')[2] ?? ''),
      ),
    ];
    expect(folders.filter((room) => !existsSync(join(projectRoot, 'src', room)))).toEqual([]);
  });
});

describe('the package', () => {
  const manifest = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >;

  it('names exact versions', () => {
    const all = {
      ...manifest['dependencies'],
      ...manifest['devDependencies'],
      ...manifest['optionalDependencies'],
    };
    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual(
      [],
    );
  });

  it('says of every dependency why it is there', () => {
    const page = readFileSync(join(projectRoot, 'docs/decisions/0003-dependencies.md'), 'utf8');
    const names = Object.keys({ ...manifest['dependencies'], ...manifest['devDependencies'] });
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

function isMember(node: Node, object: string, property?: string): boolean {
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier' || node.object.name !== object)
    return false;
  return property === undefined || ('name' in node.property && node.property.name === property);
}

function isDeclaration(node: Node): boolean {
  return /^(FunctionDeclaration|ClassDeclaration|TSTypeAliasDeclaration|TSInterfaceDeclaration|VariableDeclaration)$/.test(
    node.type,
  );
}

/** `path name` of everything a file takes from another room. */
function importedNames(file: SourceFile, node: Node): string[] {
  if (node.type !== 'ImportDeclaration' || !node.source.value.startsWith('.')) return [];
  const target = file.imports.find(({ specifier }) => specifier === node.source.value)?.target ?? '';
  if (roomOf(target) === file.room) return [];
  return node.specifiers.flatMap((one) =>
    one.type === 'ImportSpecifier' && 'name' in one.imported ? [`${target} ${one.imported.name}`] : [],
  );
}

/** The first loop found from a file back to itself, as a text. */
function loopFrom(start: string): string | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const { target } of byPath.get(path)?.imports ?? []) {
      if (target === start) return [...chain(path, cameFrom), start].join(' → ');
      if (!byPath.has(target) || cameFrom.has(target)) continue;
      cameFrom.set(target, path);
      queue.push(target);
    }
  }
  return undefined;
}

function chain(path: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const before = cameFrom.get(path);
  return before === undefined ? [path] : [...chain(before, cameFrom), path];
}

/** Everything that is loaded with a file: files of ours and packages, without types and dynamic imports. */
function closureOf(start: string): Set<string> {
  const loaded = new Set<string>();
  const visit = (path: string) => {
    for (const { target, dynamic, typeOnly } of byPath.get(path)?.imports ?? []) {
      if (dynamic || typeOnly || loaded.has(target)) continue;
      loaded.add(target);
      visit(target);
    }
  };
  visit(start);
  return loaded;
}
