import { checkSource } from '../policy/check-source.js';
import { guardTarget, type GuardedTarget } from '../policy/guard-target.js';
import type { SourceSpec } from '../source/parse-source.js';
import { inputTarget } from './input-target.js';
import type { Playback } from './playback.js';
import { isStationList, readStationList } from './station-list.js';

/** A source, what FFmpeg is to open of it, and what stands between while it is open. */
export interface ReachedSource extends GuardedTarget {
  readonly spec: SourceSpec;
}

/**
 * Finds out what to open: for a list of radio stations the station, for what a request names nothing but checked addresses.
 * @throws {EvokedError} ERR_SOURCE_*
 */
export async function reachSource(playback: Playback): Promise<ReachedSource> {
  const source = await reach(playback, playback.spec);
  if (!isStationList(source.spec)) return source;
  try {
    return await reachStation(playback, source);
  } catch (error) {
    source.close();
    throw source.failure() ?? error;
  }
}

async function reachStation(playback: Playback, list: ReachedSource): Promise<ReachedSource> {
  const station = await readStationList(playback.av, list.spec, list.target);
  if (station.isMediaPlaylist) return list;
  // The addresses of a checked playlist are such as only its guard knows.
  const { policy } = playback.options;
  if (policy !== null && station.isPlaylist) {
    return { ...list, spec: station.spec, target: { ...list.target, address: station.spec.target } };
  }
  const source = await reach(playback, policy === null ? station.spec : checkSource(station.spec, policy));
  list.close();
  return source;
}

async function reach(playback: Playback, spec: SourceSpec): Promise<ReachedSource> {
  const { options, onStall: onForbidden } = playback;
  const target = inputTarget(spec, options, process.platform);
  const { policy } = options;
  if (policy === null) return { spec, target, failure: () => null, close: () => undefined };
  return { spec, ...(await guardTarget(spec, target, { policy, onForbidden })) };
}
