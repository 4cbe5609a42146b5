// Which addresses lie on the public Internet; everything else is refused to requests whose URL a stranger chose (SSRF).
import { BlockList, isIP } from 'node:net';

/** IANA special-purpose registries (RFC 6890 and updates), and forms that carry another address inside. */
const specialNetworks: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.31.196.0', 24, 'ipv4'],
  ['192.52.193.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['192.175.48.0', 24, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  // Only 2000::/3 is routed at all; below it are loopback, unspecified, mapped and NAT64 forms, above it local ones.
  ['::', 3, 'ipv6'],
  ['4000::', 2, 'ipv6'],
  ['8000::', 1, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['2620:4f:8000::', 48, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
];

/** A test for addresses as `net` and `dns` write them; what is no address is not public. */
export function publicAddressTest(): (address: string) => boolean {
  // One list for each family: in a common one an IPv4 address would be looked up in its IPv6 form too.
  const special = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [network, bits, family] of specialNetworks) special[family].addSubnet(network, bits, family);
  return (address) => {
    const version = isIP(address);
    if (version === 0 || address.includes('%')) return false;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    return !special[family].check(address, family);
  };
}
