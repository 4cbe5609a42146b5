// The pages: printed ones equal their source, links lead somewhere, and every command that a page names exists.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printedPages } from '../docs/generate.ts';
import { errorCatalogue } from '../src/base/error-catalogue.ts';
import { commands } from '../src/cli/commands.ts';
import { isOptionName, options } from '../src/config/options.ts';
import { projectRoot } from './support/source-tree.ts';

const printed = await printedPages();
const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8');
const pages = [
  ...readdirSync(projectRoot).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(projectRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].sort();

describe('printed pages', () => {
  it.each(Object.keys(printed))('%s is what the source prints (pnpm run docs)', (path) => {
    expect(read(path)).toBe(printed[path]);
  });

  it('name every error code and no other', () => {
    const listed = [...read('docs/reference/errors.md').matchAll(/^\| `([A-Z_]+)`/gm)].map(
      ([, code]) => code,
    );
    expect(listed.sort()).toEqual(Object.keys(errorCatalogue).sort());
  });
});

describe('the error catalogue', () => {
  it.each(Object.entries(errorCatalogue))(
    '%s says how to solve it in a whole sentence',
    (_, { means, solve }) => {
      expect(solve).toMatch(/^[A-Z].*\.$/s);
      expect(means).not.toMatch(/\.$/);
    },
  );
});

describe.each(pages)('%s', (path) => {
  const text = read(path);
  const prose = text.replace(/```.*?```/gs, '');

  it('links to pages and headings that exist', () => {
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');
    const broken = links.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(path, target));
    expect(broken).toEqual([]);
  });

  it('names commands, scripts and options that exist', () => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
    const known = new Set(commands.map(({ name }) => name));
    const unknown = [
      ...[...text.matchAll(/pnpm@[\d.]+ (?:run )?([a-z]+)/g)]
        .map(([, name]) => name ?? '')
        .filter((name) => ![...scripts, 'install', 'exec', 'add'].includes(name)),
      ...[...text.matchAll(/(?:^\s*\$?\s*pg-analytics-mcp|\bpgam) ([a-z]+)\b/gm)]
        .map(([, name]) => name ?? '')
        .filter((name) => !known.has(name)),
      ...[...text.matchAll(/\bMCP_[A-Z_]*[A-Z]\b/g)].map(([name]) => name).filter((name) => !isOption(name)),
    ];
    expect(unknown).toEqual([]);
  });

  it('has one first heading and no host of a package registry', () => {
    expect(prose.match(/^# /gm)).toHaveLength(1);
    expect(text).not.toMatch(/registry\.[a-z]+js\.org/);
  });
});

describe('the repository', () => {
  it('keeps machine paths and registries out of its files', () => {
    const files = execFileSync('git', ['ls-files'], { cwd: projectRoot, encoding: 'utf8' })
      .split('\n')
      .filter((file) => file !== '' && existsSync(join(projectRoot, file)));
    const marks = new RegExp(
      ['/work/', 'shared'].join('') +
        '|' +
        ['/tmp', '/h/'].join('') +
        '|' +
        ['registry', 'npmjs'].join('\\.'),
    );
    expect(files.filter((file) => marks.test(read(file)))).toEqual([]);
  });
});

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(projectRoot, path))) return false;
  return anchor === undefined || headings(read(path)).includes(anchor);
}

// Anchors as GitHub makes them: lower case, blanks to hyphens, everything else but letters, digits and _ dropped.
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\s-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

function isOption(name: string): boolean {
  if (isOptionName(name)) return true;
  const secret = name.replace(/_FILE$/, '');
  return isOptionName(secret) && options[secret].secret === true;
}
