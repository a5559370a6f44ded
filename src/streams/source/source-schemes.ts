/** What a source is, seen from the code that opens it; a `file` that is a folder becomes `images` there. */
export type SourceKind =
  | 'rtsp'
  | 'rtmp'
  | 'srt'
  | 'udp'
  | 'http'
  | 'hls'
  | 'file'
  | 'images'
  | 'film'
  | 'camera'
  | 'microphone'
  | 'screen'
  | 'push';

/** One scheme of source URLs. */
export interface SourceScheme {
  readonly kind: SourceKind;
  /**
   * What follows the colon: a network address, a path, the name of something on this machine (may be empty), or the key that
   * senders name (may be empty, too).
   */
  readonly form: 'network' | 'path' | 'name' | 'key';
  /** Runs on its own clock and never ends by intent: it is reconnected, and may shed segments. */
  readonly live: boolean;
  /** A capture device of this machine. */
  readonly device: boolean;
  readonly needsPort: boolean;
}

const network = { form: 'network', live: true, device: false, needsPort: false } as const;
const device = { form: 'name', live: true, device: true, needsPort: false } as const;

/** Every scheme that a source URL may have; a plain path counts as `file`. */
export const SOURCE_SCHEMES = {
  rtsp: { ...network, kind: 'rtsp' },
  rtsps: { ...network, kind: 'rtsp' },
  rtmp: { ...network, kind: 'rtmp' },
  rtmps: { ...network, kind: 'rtmp' },
  srt: { ...network, kind: 'srt', needsPort: true },
  udp: { ...network, kind: 'udp', needsPort: true },
  http: { ...network, kind: 'http' },
  https: { ...network, kind: 'http' },
  file: { kind: 'file', form: 'path', live: false, device: false, needsPort: false },
  // Endless, and a crash of its child is mended by opening it again.
  film: { kind: 'film', form: 'name', live: true, device: false, needsPort: false },
  camera: { ...device, kind: 'camera' },
  microphone: { ...device, kind: 'microphone' },
  screen: { ...device, kind: 'screen' },
  push: { kind: 'push', form: 'key', live: true, device: false, needsPort: false },
} as const satisfies Readonly<Record<string, SourceScheme>>;

/** `SOURCE_SCHEMES` by a name that need not be one. */
export function schemeOf(name: string): SourceScheme | undefined {
  return Object.hasOwn(SOURCE_SCHEMES, name)
    ? SOURCE_SCHEMES[name as keyof typeof SOURCE_SCHEMES]
    : undefined;
}

/** Endings of web addresses that are files with an end; any other web address is taken for live. */
export const FILE_ENDINGS = new Set([
  ...['mp4', 'm4v', 'mov', 'mkv', 'webm', 'avi', 'flv', 'mpg', 'mpeg', 'wmv', 'ogv', '3gp'],
  ...['mp3', 'm4a', 'aac', 'wav', 'flac', 'ogg', 'oga', 'opus'],
]);

/** Endings of HTTP Live Streaming playlists. */
export const PLAYLIST_ENDINGS = new Set(['m3u8', 'm3u']);

/**
 * Endings of web addresses that may be a file or a station that never ends; it is one without a length that is live.
 */
export const RADIO_ENDINGS = new Set(['mp3', 'aac', 'ogg', 'oga', 'opus']);

/** Endings of lists that name a radio station; a .m3u may be a playlist of HTTP Live Streaming, too. */
export const STATION_LIST_ENDINGS = new Set(['m3u', 'pls']);
