import ipaddr from 'ipaddr.js';

/** Addresses that begin with the same bits. */
export type AddressRange = [address: ipaddr.IPv4 | ipaddr.IPv6, numBits: number];

/** `192.168.0.0/16`, `fd00::/8`, or a single address; null where the text is neither. */
export function parseAddressRange(text: string): AddressRange | null {
  const [address = '', numBits] = text.split('/', 2);
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return null;
  if (numBits === undefined) {
    const single = ipaddr.parse(address);
    return [single, single.kind() === 'ipv4' ? 32 : 128];
  }
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : null;
}
