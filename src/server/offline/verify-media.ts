import { concatMap, defer, endWith, finalize, ignoreElements, type Observable } from 'rxjs';
import type { SourceTracks } from '../../core/media.js';
import { createScoringEngine, type ModelPack } from '../../model/index.js';
import type { MediaInput } from '../../streams/media-input.js';
import { checkScorable, isScorable } from '../scorable.js';
import { Verification, type VerifyReport } from './verify/verification.js';
import { fileSeconds, workOnSegments } from './work-on-segments.js';

/** Media that a pack is tried on. */
export interface VerifyMediaOptions {
  readonly input: MediaInput;
  readonly pack: ModelPack;
  /** Makes what is verified; the real engine unless a test spoils it. */
  readonly createEngine?: typeof createScoringEngine;
  /** End of the wanted media time in seconds. */
  readonly limitSeconds: number;
  readonly onTracks?: (tracks: SourceTracks) => void;
  readonly onProgress?: (secondsDone: number) => void;
}

/**
 * Holds a pack's live scores of a finite source against what they must equal: the towers in one pass over the whole
 * sequence, the same stream without company in its batches, and the same stream uninterrupted where it goes on from its saved
 * state in a second process. Emits one report. Cold; unsubscribing stops the work.
 */
export function verifyMedia(options: VerifyMediaOptions): Observable<VerifyReport> {
  const { input, pack, limitSeconds, createEngine = createScoringEngine, onTracks, onProgress } = options;
  return defer(() => {
    const opened = Verification.open(pack, createEngine);
    let tracks: SourceTracks | null = null;
    return workOnSegments({
      input,
      limitSeconds,
      onTracks(known) {
        tracks = known;
        onTracks?.(known);
      },
      work: async (segment) => {
        const verification = await opened;
        if (tracks !== null) checkScorable(tracks, verification.modalities);
        if (!isScorable(segment, verification.modalities)) return;
        await verification.add(segment, cutSeconds(tracks, limitSeconds));
        onProgress?.(fileSeconds(segment));
      },
    }).pipe(
      ignoreElements(),
      endWith(null),
      concatMap(async () => (await opened).finish()),
      finalize(
        () =>
          void opened.then(
            (verification) => verification.close(),
            () => undefined, // told by the first segment
          ),
      ),
    );
  });
}

/** Where the length is not known: the towers' memory is full, and media of a minute is not half through. */
const CUT_SECONDS = 21;

/** When the second process takes over: in the middle, so that both halves count. */
function cutSeconds(tracks: SourceTracks | null, limitSeconds: number): number {
  return Math.min(tracks?.durationSeconds ?? 2 * CUT_SECONDS, limitSeconds) / 2;
}
