import { EvokedError } from '../core/errors.js';
import type { Modality, Segment, SourceTracks } from '../core/media.js';

/** Whether a segment holds anything that a pack of these modalities scores. */
export function isScorable({ frame, audio }: Segment, modalities: readonly Modality[]): boolean {
  return modalities.some((modality) => (modality === 'visual' ? frame : audio) !== null);
}

/**
 * Refuses a source that a pack of these modalities could never score.
 * @throws {EvokedError} ERR_SOURCE_NO_TRACKS
 */
export function checkScorable({ video, audio }: SourceTracks, modalities: readonly Modality[]): void {
  if (modalities.some((modality) => (modality === 'visual' ? video : audio) !== null)) return;
  const got = video === null ? (audio === null ? 'no track' : 'audio alone') : 'video alone';
  const expected = modalities.map((modality) => (modality === 'visual' ? 'video' : 'audio')).join(' or ');
  throw new EvokedError('ERR_SOURCE_NO_TRACKS', {
    what: 'the source has nothing that the model pack scores',
    got,
    expected,
  });
}
