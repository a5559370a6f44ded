import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';
import { AddressRule } from './address-kind.js';
import { addressForbidden } from './source-forbidden.js';

/** All addresses of a name, best first; fails where there is none. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** As every program of this machine resolves names. */
export const systemLookup: Lookup = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** Finds the addresses of what a source names, and lets pass only hosts of which every address is allowed. */
export class HostResolver {
  readonly #spec: Pick<SourceSpec, 'display'>;
  readonly #rule: AddressRule;
  readonly #lookup: Lookup;

  constructor(spec: Pick<SourceSpec, 'display'>, allowAddresses: readonly string[], lookup = systemLookup) {
    this.#spec = spec;
    this.#rule = new AddressRule(allowAddresses);
    this.#lookup = lookup;
  }

  /**
   * Addresses to connect to, and to nothing else: the name is not to be resolved again.
   * @param listens whether the host is to be listened on
   * @throws {EvokedError} ERR_SOURCE_FORBIDDEN, ERR_SOURCE_UNREACHABLE
   */
  async resolve(host: string, listens = false): Promise<readonly string[]> {
    const addresses = isIP(host) === 0 ? await this.#find(host) : [host];
    for (const address of addresses) {
      const objection = this.#rule.objection(address, listens);
      if (objection !== null) throw addressForbidden(this.#spec, host, address, objection);
    }
    return addresses;
  }

  async #find(host: string): Promise<readonly string[]> {
    const what = `The source cannot be reached (${this.#spec.display})`;
    let addresses: readonly string[];
    try {
      addresses = await this.#lookup(host);
    } catch (cause) {
      const got = `no address of ${host} (${(cause as NodeJS.ErrnoException).code ?? 'no answer'})`;
      throw new EvokedError('ERR_SOURCE_UNREACHABLE', { what, got, cause });
    }
    if (addresses.length > 0) return addresses;
    throw new EvokedError('ERR_SOURCE_UNREACHABLE', { what, got: `no address of ${host}` });
  }
}
