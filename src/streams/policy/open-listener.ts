import ipaddr from 'ipaddr.js';
import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';
import { waitsForSenders } from './check-source.js';
import { networkAddress } from './network-address.js';

/** What SRT takes for a passphrase, in characters. */
const PASSPHRASE_LENGTH = { min: 10, max: 79 } as const;

/**
 * Refuses to listen where anybody could send: beyond loopback only SRT with a passphrase, which is held against the sender in
 * the handshake. RTMP by `listen=1` does not look at the key, and UDP has none; a multicast group is joined by its address, which
 * whoever sends to it has to know. Holds for the operator's sources, too.
 * @param allowOpen the operator wants it so
 * @throws {EvokedError} ERR_SOURCE_FORBIDDEN; ERR_SOURCE_URL for a passphrase that SRT does not take
 */
export function refuseOpenListener(spec: SourceSpec, allowOpen: boolean): void {
  const { kind, display } = spec;
  if (kind !== 'srt' && kind !== 'rtmp' && kind !== 'udp') return;
  const { host, query } = networkAddress(spec);
  const parameters = new URLSearchParams(query);
  if (kind === 'srt') checkPassphrase(parameters.get('passphrase'), display);
  if (allowOpen || !waitsForSenders(spec) || isClosed(host)) return;
  if (kind === 'srt' && isEnforced(parameters)) return;
  throw new EvokedError('ERR_SOURCE_FORBIDDEN', {
    what: `Anybody who reaches this address could send (${display})`,
    got: `${kind === 'srt' ? 'no enforced passphrase' : 'a listener without keys'} at ${host}`,
    expected:
      kind === 'srt'
        ? 'passphrase=…, a loopback address, or source.allowOpenListeners'
        : 'a loopback address, or source.allowOpenListeners; keys are checked by SRT with a passphrase and by rtmp.port',
  });
}

function checkPassphrase(passphrase: string | null, display: string): void {
  const { min, max } = PASSPHRASE_LENGTH;
  if (passphrase === null || (passphrase.length >= min && passphrase.length <= max)) return;
  throw new EvokedError('ERR_SOURCE_URL', {
    what: `SRT does not take this passphrase (${display})`,
    got: `${passphrase.length} characters`,
    expected: `${min} to ${max}`,
  });
}

function isEnforced(parameters: URLSearchParams): boolean {
  return (
    parameters.has('passphrase') && !/^(0|false|no|off)$/i.test(parameters.get('enforced_encryption') ?? '')
  );
}

function isClosed(host: string): boolean {
  if (host === 'localhost') return true;
  return ipaddr.isValid(host) && ['loopback', 'multicast'].includes(ipaddr.process(host).range());
}
