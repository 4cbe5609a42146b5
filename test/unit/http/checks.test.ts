// The door's questions about headers.
import { describe, expect, it } from 'vitest';
import {
  acceptsBoth,
  addressKey,
  isAllowedHost,
  isAllowedOrigin,
  isSessionId,
} from '../../../src/http/checks.ts';

describe('isAllowedHost', () => {
  const allowed = ['Analytics.example.com', 'tools.example.com:8443'];
  it.each([
    'analytics.example.com',
    'ANALYTICS.EXAMPLE.COM:99',
    'tools.example.com:8443',
    'localhost',
    '[::1]:80',
  ])('takes %s', (host) => expect(isAllowedHost(host, allowed)).toBe(true));
  it.each([
    '',
    'example.com',
    'tools.example.com',
    'tools.example.com:1',
    'localhost.',
    'x@localhost',
    '0.0.0.0',
  ])('refuses "%s"', (host) => expect(isAllowedHost(host, allowed)).toBe(false));
  it('takes every name where the operator allows all, and none where the header is missing', () => {
    expect(isAllowedHost('anything.example', ['*'])).toBe(true);
    expect(isAllowedHost(undefined, ['*'])).toBe(false);
  });
});

describe('isAllowedOrigin', () => {
  const own = (origin: string | undefined) =>
    isAllowedOrigin(origin, 'tools.example.com', ['https://app.example.com/']);
  it.each([undefined, 'https://app.example.com', 'https://tools.example.com', 'http://localhost:6274'])(
    'takes %s',
    (origin) => expect(own(origin)).toBe(true),
  );
  it.each([
    'null',
    '',
    'http://app.example.com',
    'https://app.example.com.evil.example',
    'file://',
    'https://tools.example.com:1',
  ])('refuses "%s"', (origin) => expect(own(origin)).toBe(false));
});

describe('acceptsBoth', () => {
  it.each([
    undefined,
    '*/*',
    'application/json, text/event-stream',
    'Text/Event-Stream;q=0.5,Application/JSON',
    'application/*, text/*',
    'application/json;q=0.1, */*;q=0.2',
  ])('takes %s', (accept) => expect(acceptsBoth(accept)).toBe(true));
  it.each([
    '',
    'application/json',
    'text/event-stream',
    'application/*',
    'application/json;q=0, text/event-stream',
    'application/json;q=0, */*',
    '*/*;q=0',
  ])('refuses "%s"', (accept) => expect(acceptsBoth(accept)).toBe(false));
});

describe('isSessionId', () => {
  it('takes ids as we issue them and nothing else', () => {
    expect(isSessionId('0f8fad5b-d9cb-469f-a165-70867728950e')).toBe(true);
    for (const id of [
      '',
      '0f8fad5b',
      '0F8FAD5B-D9CB-469F-A165-70867728950E',
      '0f8fad5b-d9cb-469f-a165-70867728950e\n',
    ]) {
      expect(isSessionId(id), id).toBe(false);
    }
  });
});

describe('addressKey', () => {
  it('counts IPv4 addresses each for itself and IPv6 by the network of one customer', () => {
    expect(addressKey('203.0.113.7')).toBe('203.0.113.7');
    expect(addressKey('::ffff:203.0.113.7')).toBe('::ffff:203.0.113.7');
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:db8::9')).toBe('2001:db8:0:0::/64');
    expect(addressKey('::1')).toBe('0:0:0:0::/64');
  });
});
