import { EvokedError } from '../../core/errors.js';
import { PLAYLIST_START } from '../policy/playlist.js';
import { parseSource, type SourceSpec } from '../source/parse-source.js';
import { STATION_LIST_ENDINGS } from '../source/source-schemes.js';
import type { InputTarget } from './input-target.js';
import type { NodeAv } from './load-node-av.js';
import { sourceError } from './source-error.js';

/** Longer lists are cut off: the first station counts. */
const MAX_LIST_BYTES = 64 * 1024;

/** What a playlist of HTTP Live Streaming says on some line, and a list of stations on none. */
const MEDIA_PLAYLIST = /^#EXT-X-/m;

/** What a list turned out to be. */
export interface StationList {
  /** The station, as a source that is live. */
  readonly spec: SourceSpec;
  /** It begins as a playlist does. */
  readonly isPlaylist: boolean;
  /** It is a playlist of HTTP Live Streaming, and itself what is to be opened. */
  readonly isMediaPlaylist: boolean;
}

/**
 * Reads a list (.m3u, .pls) and takes the station that it names first. It is fetched as the source itself would be.
 * @param target what to open of the list
 * @throws {EvokedError} ERR_SOURCE_*; ERR_SOURCE_NOT_MEDIA where it names none
 */
export async function readStationList(
  av: NodeAv,
  spec: SourceSpec,
  target: InputTarget,
): Promise<StationList> {
  const text = await fetchText(av, spec, target);
  const isPlaylist = text.startsWith(PLAYLIST_START);
  if (MEDIA_PLAYLIST.test(text)) return { spec, isPlaylist, isMediaPlaylist: true };
  const address = firstStation(text, spec.target);
  if (address === null) {
    throw new EvokedError('ERR_SOURCE_NOT_MEDIA', {
      what: `The list names no station (${spec.display})`,
      got: `${text.length} characters without an http(s) address`,
      expected: 'a .m3u or .pls with the address of a stream',
    });
  }
  const { kind, target: station } = parseSource(address, null);
  return { spec: { ...spec, kind, target: station }, isPlaylist, isMediaPlaylist: false };
}

/** Whether a source may be a list of stations, by its address. */
export function isStationList({ kind, target }: SourceSpec): boolean {
  if (kind !== 'http' && kind !== 'hls') return false;
  const ending = /\.([a-z0-9]+)$/i.exec(new URL(target).pathname)?.[1]?.toLowerCase() ?? '';
  return STATION_LIST_ENDINGS.has(ending);
}

/** The first http(s) address of a list; relative ones count from `base`. Null where there is none. */
export function firstStation(text: string, base: string): string | null {
  for (const line of text.split(/\r?\n/)) {
    const entry = stationOf(line.trim());
    const address = entry !== null && URL.canParse(entry, base) ? new URL(entry, base) : null;
    if (address?.protocol === 'http:' || address?.protocol === 'https:') return address.href;
  }
  return null;
}

function stationOf(line: string): string | null {
  if (line === '' || /^[#[]/.test(line)) return null;
  const [, entry] = /^File\d+\s*=\s*(.*)$/i.exec(line) ?? [];
  if (entry !== undefined) return entry;
  // Another key of a .pls.
  return /^(Title|Length)\d+\s*=|^(NumberOfEntries|Version)\s*=/i.test(line) ? null : line;
}

async function fetchText(av: NodeAv, spec: SourceSpec, { address, settings }: InputTarget): Promise<string> {
  const context = new av.FormatContext();
  // The demuxer that takes bytes for what they are: the list comes over the same way as the station.
  const bytes = av.InputFormat.findInputFormat('data');
  const opened = await context.openInput(address, bytes, av.Dictionary.fromObject({ ...settings }));
  if (opened < 0) throw sourceError(av, opened, spec, 'open');
  const packet = new av.Packet();
  packet.alloc();
  const parts: Buffer[] = [];
  let numBytes = 0;
  while (numBytes < MAX_LIST_BYTES && (await context.readFrame(packet)) >= 0) {
    parts.push(Buffer.from(packet.data ?? []));
    numBytes += packet.size;
    packet.unref();
  }
  packet.free();
  await context.closeInput();
  return Buffer.concat(parts).toString('utf8');
}
