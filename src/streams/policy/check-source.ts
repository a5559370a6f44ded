import { isIP } from 'node:net';
import { isAbsolute, relative, resolve } from 'node:path';
import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';
import { FILE_ENDINGS, PLAYLIST_ENDINGS } from '../source/source-schemes.js';
import { urlParameters } from '../source/url-options.js';
import { AddressRule } from './address-kind.js';
import { networkAddress } from './network-address.js';
import { addressForbidden, sourceForbidden } from './source-forbidden.js';
import type { SourcePolicy } from './source-policy.js';

/**
 * Holds a source against the policy, as far as it can be told without opening anything: a name's addresses and the target of
 * a link are looked at where it is opened.
 * @returns the source; a relative path counts from the policy's folder
 * @throws {EvokedError} ERR_SOURCE_FORBIDDEN, ERR_SOURCE_DEVICE or, for a parameter that is not to be set, ERR_SOURCE_URL
 */
export function checkSource(spec: SourceSpec, policy: SourcePolicy): SourceSpec {
  switch (spec.kind) {
    case 'file':
    case 'images':
      return checkFile(spec, policy);
    case 'camera':
    case 'microphone':
    case 'screen':
      checkDevice(spec, policy);
      return spec;
    case 'rtsp':
    case 'rtmp':
    case 'srt':
    case 'udp':
    case 'http':
    case 'hls':
      checkNetwork(spec, policy);
      return spec;
    default:
      checkScheme(spec, spec.kind, policy);
      return spec;
  }
}

/** Whether a source waits at its address for others, instead of calling it. */
export function waitsForSenders({ kind, listens }: SourceSpec): boolean {
  return listens || kind === 'udp';
}

function checkFile(spec: SourceSpec, { filesFolder }: SourcePolicy): SourceSpec {
  if (filesFolder === '') {
    const files = 'source.filesFolder to name a folder of files (flag --files-folder FOLDER)';
    const expected = isHostLike(spec.target)
      ? `a URL, such as rtsp://${spec.target}/…; for files ${files}`
      : files;
    throw sourceForbidden(spec, 'a file of this machine', expected);
  }
  const target = resolve(filesFolder, spec.target);
  if (!isBelow(target, resolve(filesFolder))) {
    throw sourceForbidden(spec, 'a path outside of source.filesFolder', 'a path below it');
  }
  return { ...spec, target };
}

/** A word that may be meant for a host: nothing but its lack of a scheme makes it a path. */
function isHostLike(path: string): boolean {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  return (
    /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(path) && !FILE_ENDINGS.has(ending) && !PLAYLIST_ENDINGS.has(ending)
  );
}

/** Whether a path is a folder or something in it, by its words alone. */
export function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && !/^\.\.(?:[/\\]|$)/.test(way));
}

function checkDevice({ display }: SourceSpec, { allowDevices }: SourcePolicy): void {
  if (allowDevices) return;
  throw new EvokedError('ERR_SOURCE_DEVICE', {
    what: 'Capture devices are not for requests here',
    got: display,
    expected:
      'source.allowDevices to be true (flag --allow-devices), or the device among the sources that the server starts with',
  });
}

function checkNetwork(spec: SourceSpec, policy: SourcePolicy): void {
  const { scheme, host, query } = networkAddress(spec);
  checkScheme(spec, scheme, policy);
  checkParameters(spec, query);
  if (isIP(host) === 0) return;
  const objection = new AddressRule(policy.allowAddresses).objection(host, waitsForSenders(spec));
  if (objection !== null) throw addressForbidden(spec, host, host, objection);
}

function checkScheme(spec: SourceSpec, scheme: string, { allowedSchemes }: SourcePolicy): void {
  if (allowedSchemes.includes(scheme)) return;
  throw sourceForbidden(spec, `${scheme}:`, `one of source.allowedSchemes: ${allowedSchemes.join(', ')}`);
}

/** What FFmpeg reads from a query as options of its own, and a request may set. */
const OWN_PARAMETERS: Partial<Record<SourceSpec['kind'], ReadonlySet<string>>> = {
  srt: new Set([
    ...['mode', 'passphrase', 'pbkeylen', 'enforced_encryption', 'streamid', 'transtype'],
    ...['latency', 'rcvlatency', 'peerlatency', 'tsbpd', 'tlpktdrop', 'connect_timeout'],
  ]),
  udp: new Set(),
};

/** Parameters that FFmpeg takes out of RTSP's query, to carry it over something else. */
const RTSP_TRANSPORTS = new Set(['udp', 'multicast', 'http', 'https', 'listen', 'filter_src', 'satip']);

function checkParameters(spec: SourceSpec, query: string): void {
  const own = OWN_PARAMETERS[spec.kind];
  // Of RTSP FFmpeg reads what stands behind the last question mark.
  const read = spec.kind === 'rtsp' ? query.slice(query.lastIndexOf('?')) : query;
  for (const [name, value] of urlParameters(read)) {
    const isRefused = own === undefined ? spec.kind === 'rtsp' && RTSP_TRANSPORTS.has(name) : !own.has(name);
    if (isRefused) throw badParameter(spec, name, own === undefined ? 'none of these' : [...own].join(' '));
    if (spec.kind === 'srt' && name === 'mode' && value === 'rendezvous') {
      throw badParameter(spec, 'mode=rendezvous', 'mode=caller or mode=listener');
    }
  }
}

function badParameter({ display }: SourceSpec, got: string, expected: string): EvokedError {
  const what = `A parameter of a source URL is not one that a request may set (${display})`;
  return new EvokedError('ERR_SOURCE_URL', {
    what,
    got,
    expected: expected === '' ? 'no parameters' : expected,
  });
}
