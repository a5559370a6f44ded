import { EvokedError } from '../../core/errors.js';
import type { MediaInputOptions } from '../media-input.js';
import { PUSHED_FD } from '../push/pushed-fd.js';
import type { PushForm } from '../push/pushed-media.js';
import type { SourceSpec } from '../source/parse-source.js';

/** Options of a protocol and a demuxer, by FFmpeg's names. */
export type InputSettings = Readonly<Record<string, string>>;

/** What FFmpeg is asked to open. */
export interface InputTarget {
  /** Address, path or device; may hold credentials. */
  readonly address: string;
  /** The same source elsewhere: tried in this order where it cannot be reached at `address`. */
  readonly otherAddresses?: readonly string[];
  /** Name of the input format where it is not to be found out from the bytes. */
  readonly format: string | null;
  readonly settings: InputSettings;
  /** What else to try, in this order, where a device or an RTSP server refuses `settings`, or sends nothing. */
  readonly alternatives?: readonly InputSettings[];
  /** How long an RTSP server that was asked for media may send none before an alternative is tried; absent for any time. */
  readonly patienceMs?: number;
}

/** How much a live source is probed: what it sends meanwhile is late. */
const LIVE_PROBE = {
  probesize: '1000000',
  analyzeduration: '1500000',
  // The nominal rate is not needed, and finding it takes 20 frames.
  fpsprobesize: '0',
} as const;

/** Rate at which screens are captured: a segment needs one picture of several. */
const SCREEN_RATE_HZ = '24';

/**
 * Protocols that an input may open by itself (redirects, playlists, keys): a playlist of a stranger must not read this
 * machine's files, a file must not call out.
 */
const WEB_PROTOCOLS = 'http,https,httpproxy,tls,tcp,crypto,data';

/** What to open for a source, with the options that keep it live or, for a file, complete. */
export function inputTarget(
  spec: SourceSpec,
  options: MediaInputOptions,
  platform: NodeJS.Platform,
): InputTarget {
  const { kind, target } = spec;
  const timeoutUs = String(Math.round(options.readTimeoutMs * 1000));
  switch (kind) {
    case 'file':
      return input(target, { protocol_whitelist: 'file,crypto,data' });
    case 'http':
      return input(target, { protocol_whitelist: WEB_PROTOCOLS, ...(spec.live ? LIVE_PROBE : {}) });
    case 'hls':
      return input(target, { protocol_whitelist: WEB_PROTOCOLS });
    case 'rtsp':
      return rtspTarget(target, options);
    case 'rtmp':
      return spec.listens
        ? input(withoutListen(target), { ...LIVE_PROBE, listen: '1' })
        : input(target, { ...LIVE_PROBE, rtmp_live: 'live', rw_timeout: timeoutUs });
    case 'srt':
      return input(target, { ...LIVE_PROBE, ...(spec.listens ? {} : { timeout: timeoutUs }) });
    case 'udp':
      // A burst beyond the buffer loses packets; it does not end the stream.
      return input(target, { ...LIVE_PROBE, overrun_nonfatal: '1', fifo_size: '50000' }, 'mpegts');
    case 'push':
      return pushTarget(options.push);
    case 'camera':
      return cameraTarget(target, platform);
    case 'microphone':
      return microphoneTarget(target, platform);
    case 'screen':
      return screenTarget(target, platform);
    case 'film':
    case 'images':
      throw new EvokedError('ERR_INTERNAL', { what: `A source of kind "${kind}" is not opened by FFmpeg` });
  }
}

/** Firewalls and address translation let UDP out and its answers not in: a camera then seems to send nothing. */
const UDP_PATIENCE_MS = 3000;

/**
 * TCP gets through wherever the connection did, and loses nothing: UDP where it is wished for, or TCP refused. FFmpeg
 * changes over by itself where a server says "unsupported transport"; for what servers do else there are the alternatives.
 */
function rtspTarget(address: string, { rtspTransport, readTimeoutMs }: MediaInputOptions): InputTarget {
  const over = (transport: 'tcp' | 'udp' | 'udp+tcp'): InputSettings => ({
    ...LIVE_PROBE,
    protocol_whitelist: 'rtp,srtp,udp,http,https,httpproxy,tls,tcp',
    rtsp_transport: transport,
    allowed_media_types: 'video+audio',
    timeout: String(Math.round(readTimeoutMs * 1000)),
  });
  // RTSPS is carried over its one connection, whatever FFmpeg is told.
  if (rtspTransport === 'tcp' || address.startsWith('rtsps:')) return input(address, over('tcp'));
  const either = over('udp+tcp');
  if (rtspTransport === 'auto')
    return { ...input(address, { ...either, rtsp_flags: 'prefer_tcp' }), alternatives: [over('udp')] };
  const patienceMs = Math.min(UDP_PATIENCE_MS, Math.ceil(readTimeoutMs / 2));
  return { ...input(address, either), alternatives: [over('tcp')], patienceMs };
}

/** The demuxer of each container that is pushed: never one that the bytes ask for. */
const PUSHED_FORMATS = { webm: 'matroska', mpegts: 'mpegts', mp4: 'mov', flv: 'flv' } as const;

function pushTarget(form: PushForm | null): InputTarget {
  if (form?.type !== 'container') {
    throw new EvokedError('ERR_INTERNAL', { what: 'Media that is no container is not opened by FFmpeg' });
  }
  const settings = { ...LIVE_PROBE, protocol_whitelist: 'pipe' };
  return input(`pipe:${PUSHED_FD}`, settings, PUSHED_FORMATS[form.container]);
}

/** FFmpeg takes the wish to listen as an option, and everything in the address for the stream's name. */
function withoutListen(address: string): string {
  const [path, query = ''] = address.split('?', 2);
  const rest = query.split('&').filter((pair) => !/^listen(=|$)/.test(pair));
  return rest.length === 0 ? path! : `${path}?${rest.join('&')}`;
}

/**
 * avfoundation takes no rate but one that the camera states, and has no way to ask which; its own default, 29.97, is seldom
 * one. Most cameras take 30; the odd fraction is what capture boxes state.
 */
const MAC_CAMERA_RATES_HZ = ['30', '30.00003', '29.97', '25', '24', '15', '60', '60.000240'] as const;

function cameraTarget(name: string, platform: NodeJS.Platform): InputTarget {
  if (platform === 'darwin') {
    const [first, ...others] = MAC_CAMERA_RATES_HZ.map((framerate) => ({ framerate }));
    return { ...input(`${name || '0'}:none`, first ?? {}, 'avfoundation'), alternatives: others };
  }
  if (platform === 'win32') return input(`video=${named(name, 'camera')}`, {}, 'dshow');
  return input(name || '/dev/video0', {}, 'v4l2');
}

function microphoneTarget(name: string, platform: NodeJS.Platform): InputTarget {
  if (platform === 'darwin') return input(`none:${name || '0'}`, {}, 'avfoundation');
  // Without a buffer size dshow hands out half a second at a time.
  if (platform === 'win32')
    return input(`audio=${named(name, 'microphone')}`, { audio_buffer_size: '50' }, 'dshow');
  return input(name || 'default', {}, 'alsa');
}

function screenTarget(name: string, platform: NodeJS.Platform): InputTarget {
  const settings = { framerate: SCREEN_RATE_HZ };
  if (platform === 'darwin') return input(`${name || 'Capture screen 0'}:none`, settings, 'avfoundation');
  if (platform === 'win32') return input(name === '' ? 'desktop' : `title=${name}`, settings, 'gdigrab');
  return input(name || process.env['DISPLAY'] || ':0', settings, 'x11grab');
}

function named(name: string, kind: string): string {
  if (name !== '') return name;
  throw new EvokedError('ERR_SOURCE_DEVICE', {
    what: `A ${kind} must be named on Windows`,
    got: `${kind}:`,
    expected: `${kind}:NAME, as the system's sound or camera settings show it`,
  });
}

function input(address: string, settings: InputSettings, format: string | null = null): InputTarget {
  return { address, format, settings };
}
