// What the URL of a store may say beside its place, and what is said of anything else.
import { describe, expect, it } from 'vitest';
import { loadDriver } from '../../../src/store/backend.ts';
import { openStore } from '../../../src/store/backends/index.ts';

describe('the URL of a store', () => {
  it.each([
    ['redis://host?table=x', 'has an unknown parameter "table"; known are prefix, cluster'],
    ['redis://host?cluster=maybe', 'needs yes or no as its parameter "cluster"'],
    [
      'valkey://host?prefix=a b',
      'needs up to 100 letters, digits, "_", "." and "-" as its parameter "prefix"',
    ],
    [
      'memcached://host?prefix=%7B',
      'needs up to 100 letters, digits, "_", "." and "-" as its parameter "prefix"',
    ],
    ['dynamodb://eu-west-1', 'needs a region and a table, as in dynamodb://region/table'],
    ['dynamodb://eu-west-1/table?endpoint=host:1', 'needs a URL as its parameter "endpoint"'],
    [
      'mongodb://host/db?table=%24x',
      'needs up to 100 letters, digits, "_", "." and "-" as its parameter "table"',
    ],
    ['elasticsearch://host/Index', 'needs the name of an index in small letters behind the host'],
    ['elasticsearch://u:p@host/x?api_key=a', 'gives both an account and an api_key'],
    ['redis://:pa%ss@host', 'has a "%" in its user or password that is not written %25'],
    [
      'redis://user:pa/ss@host:1',
      'is no URL; a "/", "@", ":" or "%" in a user or password is written %2F, %40, %3A, %25',
    ],
  ])('"%s" %s', async (url, reason) => {
    await expect(openStore(url)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `the URL of the store ${reason}`,
      facts: { problems: [{ name: 'MCP_STATE_URL', value: '(hidden)', reason }] },
    });
  });
});

describe('a driver that is not installed', () => {
  it('is named, with the command that installs it', async () => {
    const name = 'no-such-driver';
    await expect(loadDriver(name, () => import(`${name}`))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'this kind of store needs the package "no-such-driver", which is not installed',
      facts: { hint: 'Install it beside the server: npm install no-such-driver' },
    });
  });
});
