import ipaddr from 'ipaddr.js';
import { parseAddressRange, type AddressRange } from '../../core/address-range.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** All of IPv6 that is handed out for hosts of the internet. */
const GLOBAL_IPV6: AddressRange = [ipaddr.parse('2000::'), 3];

/** Well-known prefix of IPv4 addresses behind a translator. */
const NAT64: AddressRange = [ipaddr.parse('64:ff9b::'), 96];

const IPV4_COMPATIBLE: AddressRange = [ipaddr.parse('::'), 96];

/** How a range is called in an error. */
const WORDS: Readonly<Record<string, string>> = {
  loopback: 'this machine itself',
  linkLocal: 'a link-local address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  carrierGradeNat: 'a carrier-internal address',
  multicast: 'a multicast address',
  broadcast: 'a broadcast address',
  unspecified: 'every address of this machine',
};

/** Which addresses a source may be at. */
export class AddressRule {
  readonly #listed: readonly AddressRange[];

  /** @param allowAddresses addresses and CIDR ranges beyond the public internet */
  constructor(allowAddresses: readonly string[]) {
    this.#listed = allowAddresses.map(parseAddressRange).filter((range) => range !== null);
  }

  /**
   * What forbids the address, in words; null where a source may be there.
   * @param listens whether it would be listened on: for that it must be listed
   */
  objection(text: string, listens = false): string | null {
    if (!ipaddr.isValid(text)) return 'no address';
    const address = plain(ipaddr.parse(text));
    if (this.#listed.some((range) => contains(range, address))) return null;
    const name = rangeOf(address);
    if (name !== 'unicast') return WORDS[name] ?? 'a reserved address';
    return listens ? 'an address to listen on' : null;
  }
}

/** An address of IPv4 in the clothes of IPv6 is what is inside. */
function plain(address: Address): Address {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const bytes = address.toByteArray();
  const isLast = contains(NAT64, address) || (contains(IPV4_COMPATIBLE, address) && bytes[12] !== 0);
  if (isLast) return new ipaddr.IPv4(bytes.slice(12));
  return address.range() === '6to4' ? new ipaddr.IPv4(bytes.slice(2, 6)) : address;
}

function rangeOf(address: Address): string {
  const name = address.range();
  return name === 'unicast' && address.kind() === 'ipv6' && !contains(GLOBAL_IPV6, address)
    ? 'reserved'
    : name;
}

function contains([first, numBits]: AddressRange, address: Address): boolean {
  return first.kind() === address.kind() && address.match(first, numBits);
}
