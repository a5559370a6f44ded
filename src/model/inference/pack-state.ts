import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import { decodeStreamState, type StreamState } from '../tower/state-bytes.js';

/**
 * Reads a saved state for a pack that runs these modalities.
 * @throws {EvokedError} ERR_MODEL_STATE: damaged, of another layout version, of another pack
 */
export function readPackState(
  bytes: Uint8Array,
  packDigest: string,
  modalities: readonly Modality[],
): StreamState {
  const state = decodeStreamState(bytes);
  if (state.packDigest !== packDigest) {
    refuse('a saved state is of another model pack', state.packDigest, packDigest);
  }
  const saved = Object.keys(state.towers).toSorted().join(' and ');
  const expected = modalities.toSorted().join(' and ');
  if (saved !== expected) refuse('a saved state has other towers than the pack', saved || 'none', expected);
  return state;
}

function refuse(what: string, got: string, expected: string): never {
  throw new EvokedError('ERR_MODEL_STATE', { what, got, expected });
}
