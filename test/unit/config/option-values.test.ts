// Kinds of values: what an operator may write, and both sides of every bound.
import { describe, expect, it } from 'vitest';
import * as kind from '../../../src/config/option-values.ts';

describe('durations', () => {
  const parse = kind.duration('1ms', '1h').parse;

  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5min', 300_000],
    ['1h', 3_600_000],
    ['1.5s', 1500],
    ['2 s', 2000],
  ])('read %s as %d milliseconds', (text, value) => expect(parse(text)).toEqual({ value }));

  it('need a unit, as 30 could mean seconds or milliseconds', () => {
    expect(parse('banana')).toEqual({ reason: 'must be a number with a unit: ms, s, min, h or d' });
    expect(parse('30')).toEqual({ reason: 'needs a unit: ms, s, min, h or d' });
    expect(parse('30 parsecs')).toEqual({ reason: 'needs a unit: ms, s, min, h or d' });
  });

  it('hold their bounds on both sides', () => {
    expect(parse('1ms')).toEqual({ value: 1 });
    expect(parse('0ms')).toEqual({ reason: 'must be 1ms to 1h' });
    expect(parse('61min')).toEqual({ reason: 'must be 1ms to 1h' });
  });
});

describe('sizes', () => {
  const parse = kind.size('1kB', '1GB').parse;

  it.each([
    ['1MB', 1_048_576],
    ['1kB', 1024],
    ['2048', 2048],
    ['1gb', 1_073_741_824],
    ['1.5MB', 1_572_864],
  ])('read %s as %d bytes, units of 1024 as in Postgres', (text, value) =>
    expect(parse(text)).toEqual({ value }),
  );

  it('hold their bounds on both sides', () => {
    expect(parse('1023B')).toEqual({ reason: 'must be 1kB to 1GB' });
    expect(parse('1025MB')).toEqual({ reason: 'must be 1kB to 1GB' });
  });
});

describe('other kinds', () => {
  it('reads switches as Postgres reads booleans', () => {
    expect([kind.onOff.parse('ON'), kind.onOff.parse('false')]).toEqual([{ value: true }, { value: false }]);
    expect(kind.onOff.parse('maybe')).toEqual({ reason: 'must be on or off' });
  });

  it('takes the slash off the end of a URL and refuses queries', () => {
    expect(kind.webUrl.parse('https://a.example.com/mcp/')).toEqual({ value: 'https://a.example.com/mcp' });
    expect(kind.webUrl.parse('https://a.example.com/?x=1')).toEqual({
      reason: 'must not hold a query, a fragment or a user',
    });
    expect(kind.webUrl.parse('a.example.com')).toEqual({ reason: 'must be an absolute http or https URL' });
  });

  it('takes an origin without a path only', () => {
    expect(kind.webOrigin.parse('https://a.example.com')).toEqual({ value: 'https://a.example.com' });
    expect(kind.webOrigin.parse('https://a.example.com/x')).toHaveProperty('reason');
  });

  it('takes proxies as a switch or as addresses and networks', () => {
    expect(kind.proxies.parse('on')).toEqual({ value: true });
    expect(kind.proxies.parse('loopback, 10.0.0.0/8,fd00::/8')).toEqual({
      value: ['loopback', '10.0.0.0/8', 'fd00::/8'],
    });
    expect(kind.proxies.parse('::1, 10.0.0.0/32, fd00::/128')).toHaveProperty('value');
    for (const wrong of [
      'everyone',
      '10.0.0.256',
      '10.0.0.0/33',
      '10.1',
      'fd00::/129',
      '1:2',
      '10.0.0.0/',
      '0.0.0.0/0',
      'LOOPBACK',
    ]) {
      expect(kind.proxies.parse(wrong), wrong).toHaveProperty('reason');
    }
  });

  it('takes names of 63 bytes and refuses 64, as Postgres would cut them', () => {
    expect(kind.identifier.parse('x'.repeat(63))).toHaveProperty('value');
    expect(kind.identifier.parse('x'.repeat(64))).toHaveProperty('reason');
  });

  it('takes secrets of 32 bytes and refuses 31, and never repeats one in a reason', () => {
    const secrets = kind.list(kind.sealingSecret);
    expect(secrets.parse(`${'n'.repeat(32)}, ${'é'.repeat(16)}`)).toEqual({
      value: ['n'.repeat(32), 'é'.repeat(16)],
    });
    const refused = { reason: 'each secret needs 32 bytes or more' };
    expect(secrets.parse(`${'n'.repeat(32)},${'o'.repeat(31)}`)).toEqual(refused);
  });

  it('takes the URL of a store as it is', () => {
    expect(kind.storeUrl.parse('filetree:/srv/state')).toEqual({ value: 'filetree:/srv/state' });
    expect(kind.storeUrl.parse('floppy:/a')).toHaveProperty('reason');
  });
});
