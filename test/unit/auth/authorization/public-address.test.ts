// Addresses that a request of ours must never go to, whatever form they are written in (server-side request forgery).
import { describe, expect, it } from 'vitest';
import { publicAddressTest } from '../../../../src/auth/authorization/public-address.ts';

const isPublic = publicAddressTest();

describe('an address is not on the public Internet where it is', () => {
  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback further on', '127.8.9.10'],
    ['this host', '0.0.0.0'],
    ['private, class A', '10.1.2.3'],
    ['private, class B', '172.16.0.1'],
    ['private, class B, the last', '172.31.255.255'],
    ['private, class C', '192.168.1.1'],
    ['the metadata service of clouds', '169.254.169.254'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['benchmarking', '198.19.0.1'],
    ['documentation', '203.0.113.9'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['IPv6 loopback', '::1'],
    ['IPv6 unspecified', '::'],
    ['IPv4 mapped into IPv6', '::ffff:127.0.0.1'],
    ['IPv4 mapped into IPv6, in hexadecimal', '::ffff:7f00:1'],
    ['a private address mapped into IPv6', '::ffff:10.0.0.1'],
    ['even a public address mapped into IPv6', '::ffff:1.1.1.1'],
    ['IPv4 compatible', '::7f00:1'],
    ['NAT64 of a private address', '64:ff9b::10.0.0.1'],
    ['NAT64, local', '64:ff9b:1::a00:1'],
    ['6to4 of a private address', '2002:a00:1::'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
    ['unique local', 'fd12:3456:789a::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local of old', 'fec0::1'],
    ['IPv6 multicast', 'ff02::1'],
    ['IPv6 documentation', '2001:db8::1'],
    ['discard-only', '100::1'],
    ['no address', 'localhost'],
    ['nothing', ''],
  ])('%s', (_name, address) => {
    expect(isPublic(address)).toBe(false);
  });
});

it.each([
  '1.1.1.1',
  '172.15.0.1',
  '172.32.0.1',
  '160.79.104.10',
  '2606:4700:4700::1111',
  '2a00:1450:4001::200e',
])('%s is on the public Internet', (address) => {
  expect(isPublic(address)).toBe(true);
});
