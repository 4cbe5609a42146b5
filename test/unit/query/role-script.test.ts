// The role script as text: everything is filled in, and nothing handed in can become SQL.
import { describe, expect, it } from 'vitest';
import { renderRoleScript } from '../../../src/query/role-script.ts';

describe('renderRoleScript', () => {
  it('leaves neither psql commands nor variables behind', () => {
    const script = renderRoleScript({ schemas: ['reporting', 'fuel'] });
    expect(script).not.toMatch(/^\\/m);
    expect(script).not.toMatch(/:'\w+'/);
    expect(script).toContain("('schemas', 'reporting,fuel')");
    expect(script).toContain("('role', 'analytics_ro')");
  });

  it('fills each value in once: a value that looks like a variable stays text', () => {
    expect(renderRoleScript({ schemas: [":'password'"], password: 'secret' })).toContain(
      "('schemas', ':''password''')",
    );
  });

  it('takes limits as they are given', () => {
    const script = renderRoleScript({
      schemas: ['a'],
      connectionLimit: 7,
      statementTimeout: '90s',
      publicRights: 'keep',
    });
    for (const pair of [
      "('connection_limit', '7')",
      "('statement_timeout', '90s')",
      "('public_rights', 'keep')",
    ]) {
      expect(script).toContain(pair);
    }
  });

  it.each([
    ['no schema', { schemas: [] }, 'no schema is named'],
    ['a schema with a comma', { schemas: ['a,b'] }, 'schema "a,b" has a comma or a space at its edge'],
    [
      'a name of 64 bytes',
      { schemas: ['a'], role: 'r'.repeat(64) },
      `"${'r'.repeat(64)}" cannot be a name in Postgres`,
    ],
    ['an empty name', { schemas: ['a'], role: '' }, '"" cannot be a name in Postgres'],
  ])('refuses %s', (_name, values, message) => {
    expect(() => renderRoleScript(values)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message }),
    );
  });

  it('takes a name of 63 bytes', () => {
    expect(renderRoleScript({ schemas: ['a'], role: 'r'.repeat(63) })).toContain('r'.repeat(63));
  });

  it('carries quotes and backslashes so that they mean the same in every server', () => {
    expect(renderRoleScript({ schemas: ["it's", 'a\\b'] })).toContain("('schemas', E'it''s,a\\\\b')");
  });

  it('holds a salted verifier in the place of the password, another each time', () => {
    const verifier = /SCRAM-SHA-256\$4096:[\w+/]{22}==\$[\w+/]{43}=:[\w+/]{43}=/;
    const [first, second] = [1, 2].map(
      () => renderRoleScript({ schemas: ['a'], password: 'pencil' }).match(verifier)?.[0],
    );
    expect(first).toBeDefined();
    expect(first).not.toBe(second);
  });
});
