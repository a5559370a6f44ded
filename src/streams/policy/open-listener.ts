import ipaddr from 'ipaddr.js';
import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';
import { urlOptions, type UrlOptions } from '../source/url-options.js';
import { waitsForSenders } from './check-source.js';
import { networkAddress } from './network-address.js';

/** What SRT takes for a passphrase, in bytes. */
const PASSPHRASE_LENGTH = { min: 10, max: 79 } as const;

/** Where a source listens without holding a key against whoever sends, and who can. */
export interface OpenListener {
  readonly host: string;
  /** Programs of this machine, whoever reaches the host, or whoever knows the multicast group. */
  readonly reach: 'machine' | 'network' | 'group';
}

/**
 * Null for a source that does not listen, or that listens with a passphrase.
 * @throws {EvokedError} ERR_SOURCE_URL
 */
export function openListener(spec: SourceSpec): OpenListener | null {
  const { kind } = spec;
  if ((kind !== 'srt' && kind !== 'rtmp' && kind !== 'udp') || !waitsForSenders(spec)) return null;
  const options = kind === 'rtmp' ? null : urlOptions(spec.target);
  if (kind === 'srt' && isEnforced(options)) return null;
  const { host: named } = networkAddress(spec);
  if (isMulticast(named)) return { host: named, reach: 'group' };
  // Of UDP that is the address which is listened on.
  const host = (kind === 'udp' && options?.get('localaddr')) || named;
  return { host, reach: isLoopback(host) ? 'machine' : 'network' };
}

/**
 * Refuses to listen where anybody could send: beyond loopback only SRT with a passphrase, which is held against the sender in
 * the handshake. RTMP by `listen=1` does not look at the key, and UDP has none; a multicast group is joined by its address, which
 * whoever sends to it has to know. Holds for the operator's sources, too.
 * @param allowOpen the operator wants it so
 * @throws {EvokedError} ERR_SOURCE_FORBIDDEN; ERR_SOURCE_URL for a passphrase that SRT does not take
 */
export function refuseOpenListener(spec: SourceSpec, allowOpen: boolean): void {
  const { kind, display } = spec;
  if (kind === 'srt') checkPassphrase(urlOptions(spec.target).get('passphrase'), display);
  const open = openListener(spec);
  if (allowOpen || open?.reach !== 'network') return;
  throw new EvokedError('ERR_SOURCE_FORBIDDEN', {
    what: `Anybody who reaches this address could send (${display})`,
    got: `${kind === 'srt' ? 'no enforced passphrase' : 'a listener without keys'} at ${open.host}`,
    expected:
      kind === 'srt'
        ? '&passphrase=… (a shell wants the URL in quotes: it ends a command at the &), a loopback address, or source.allowOpenListeners'
        : 'a loopback address, or source.allowOpenListeners; keys are checked by SRT with a passphrase and by rtmp.port',
  });
}

function checkPassphrase(written: string | undefined, display: string): void {
  if (written === undefined) return;
  const { min, max } = PASSPHRASE_LENGTH;
  const what = `SRT does not take this passphrase (${display})`;
  const passphrase = decode(written);
  if (passphrase === null) {
    const got = 'a percent sign without a character of text behind it';
    throw new EvokedError('ERR_SOURCE_URL', { what, got, expected: 'text, percent-encoded' });
  }
  const numBytes = Buffer.byteLength(passphrase);
  if (numBytes >= min && numBytes <= max) return;
  throw new EvokedError('ERR_SOURCE_URL', {
    what,
    got: `${numBytes} characters`,
    expected: `${min} to ${max}`,
  });
}

/** As FFmpeg decodes it; null for what is no text, or would end at a NUL and leave less of the passphrase, or none. */
function decode(written: string): string | null {
  try {
    const text = decodeURIComponent(written.replaceAll('+', ' '));
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

function isEnforced(options: UrlOptions | null): boolean {
  return options?.has('passphrase') === true && options.get('enforced_encryption') !== '0';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || rangeOf(host) === 'loopback';
}

function isMulticast(host: string): boolean {
  return rangeOf(host) === 'multicast';
}

function rangeOf(host: string): string | null {
  return ipaddr.isValid(host) ? ipaddr.process(host).range() : null;
}
