import type { SourceKind } from '../source/source-schemes.js';

/**
 * Largest picture that is decoded: 8192x4320, with the rows that coding in blocks of 64 adds. What states a larger one is
 * refused before memory for it is taken.
 */
export const MAX_PICTURE = { width: 8192, height: 4320, pixels: 8192 * 4352 } as const;

/** Containers of files, by FFmpeg's names; docs/sources.md states them. */
const CONTAINERS = [
  ...['mov', 'matroska', 'avi', 'flv', 'mpegts', 'mpeg', 'asf', 'ogg', 'ivf', 'amr'],
  ...['mp3', 'aac', 'flac', 'wav', 'w64', 'aiff', 'au', 'caf', 'ac3', 'eac3'],
  // Without a container: what raw recordings of cameras are.
  ...['h264', 'hevc', 'm4v', 'obu', 'mpegvideo', 'mjpeg'],
] as const;

const SEGMENTS = ['hls', 'mpegts', 'mov', 'aac', 'mp3', 'ac3', 'eac3', 'webvtt'] as const;

/**
 * What each kind of source may turn out to be, by the names of FFmpeg's demuxers; whatever else its bytes look like is not
 * touched. Playlists are read from web addresses only, and descriptions of RTP sessions from RTSP servers only.
 */
const FORMATS: Readonly<Record<SourceKind, readonly string[]>> = {
  file: CONTAINERS,
  http: [...CONTAINERS, ...SEGMENTS, 'mpjpeg'],
  hls: SEGMENTS,
  rtsp: ['rtsp', 'sdp', 'rtp'],
  rtmp: ['flv', 'live_flv'],
  srt: ['mpegts'],
  udp: ['mpegts'],
  push: ['matroska', 'mpegts', 'mov', 'flv'],
  camera: ['v4l2', 'avfoundation', 'dshow'],
  microphone: ['alsa', 'avfoundation', 'dshow'],
  screen: ['x11grab', 'avfoundation', 'gdigrab'],
  images: [],
  film: [],
};

/** Decoders that strangers' bytes may reach, by FFmpeg's names; docs/sources.md states them. */
const DECODERS: ReadonlySet<string> = new Set([
  ...['h264', 'hevc', 'vp8', 'vp9', 'libdav1d', 'av1', 'mpeg1video', 'mpeg2video', 'mpeg4', 'h263', 'flv'],
  ...['msmpeg4', 'msmpeg4v2', 'wmv1', 'wmv2', 'wmv3', 'vc1', 'theora', 'ffv1', 'mjpeg', 'png'],
  // Cameras and screens.
  ...['rawvideo', 'bmp'],
  ...['aac', 'aac_latm', 'mp1', 'mp1float', 'mp2', 'mp2float', 'mp3', 'mp3float', 'opus', 'vorbis', 'speex'],
  ...['flac', 'alac', 'ac3', 'eac3', 'dca', 'wmav1', 'wmav2', 'wmapro', 'amrnb', 'amrwb'],
  ...['pcm_alaw', 'pcm_mulaw', 'g722', 'g726', 'g726le', 'adpcm_ms', 'adpcm_ima_wav', 'adpcm_ima_qt'],
  ...['pcm_u8', 'pcm_s8', 'pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_s24be', 'pcm_s32le', 'pcm_s32be'],
  ...['pcm_f32le', 'pcm_f32be', 'pcm_f64le', 'pcm_f64be', 'pcm_bluray', 'pcm_dvd'],
]);

/** As FFmpeg's option `codec_whitelist`, which reaches whatever a demuxer opens by itself, too. */
export const ACCEPTED_DECODERS = [...DECODERS].join(',');

/** Decoders whose pictures state their size where FFmpeg's parsers read it, too, or come in containers that state it. */
const SIZED_WITHOUT: ReadonlySet<string> = new Set([
  ...['h264', 'hevc', 'vp8', 'vp9', 'libdav1d', 'av1', 'mpeg1video', 'mpeg2video', 'mpeg4', 'flv'],
]);

const PROBING_DECODERS = [...DECODERS].filter((name) => !SIZED_WITHOUT.has(name)).join(',');

/**
 * Demuxers whose tracks FFmpeg knows well enough by its parsers, which take no memory for pictures. To learn the size in HLS, and
 * the order of pictures in what does not date them in both ways (AVI, Matroska, no container), it has to decode.
 */
const PROBED_BY_PARSERS: readonly string[] = ['mpegts', 'flv', 'live_flv', 'rtsp', 'mov'];

/** The decoders that may run while FFmpeg finds out what a source holds; `format` may hold several names. */
export function probingDecoders(format: string): string {
  return format.split(',').some((each) => PROBED_BY_PARSERS.includes(each))
    ? PROBING_DECODERS
    : ACCEPTED_DECODERS;
}

/** Whether a decoder is among those that are used. */
export function isAcceptedDecoder(name: string | null): boolean {
  return name !== null && DECODERS.has(name);
}

/** Whether a source of this kind may be read by a demuxer; `name` may hold several, as FFmpeg's do. */
export function isAcceptedFormat(kind: SourceKind, name: string): boolean {
  return name.split(',').some((each) => FORMATS[kind].includes(each));
}

/** Options that keep FFmpeg from reading a source by any other demuxer, and from decoding it by any other decoder. */
export function acceptedMedia(kind: SourceKind): Readonly<Record<string, string>> {
  return { format_whitelist: FORMATS[kind].join(','), codec_whitelist: ACCEPTED_DECODERS };
}
