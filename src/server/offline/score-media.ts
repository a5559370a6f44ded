import { finalize, type Observable } from 'rxjs';
import type { PositionPolicy } from '../../core/config.js';
import type { Gap, Segment, SourceTracks } from '../../core/media.js';
import type { ScoreEvent } from '../../core/score.js';
import type { ScoringEngine } from '../../model/scoring.js';
import type { MediaInput } from '../../streams/media-input.js';
import { checkScorable, isScorable } from '../scorable.js';
import { workOnSegments } from './work-on-segments.js';

/** A finite source to score. */
export interface ScoreMediaOptions {
  readonly input: MediaInput;
  /** May still be loading: decoding starts without it. */
  readonly engine: Promise<ScoringEngine>;
  readonly position: PositionPolicy;
  /** End of the wanted media time in seconds. */
  readonly limitSeconds?: number;
  readonly onTracks?: (tracks: SourceTracks) => void;
}

/**
 * Scores a finite source as fast as inference allows, dropping nothing; what the pack cannot score (a silence, for a pack of
 * audio alone) is a gap. `ptsUs` counts from the start of the file, over all epochs. Cold; unsubscribing stops the decoding.
 */
export function scoreMedia(options: ScoreMediaOptions): Observable<ScoreEvent> {
  const { input, engine, position, limitSeconds, onTracks = () => {} } = options;
  let tracks: SourceTracks | null = null;
  const opened = engine.then((loaded) => ({
    scorer: loaded.open({ position }),
    modalities: loaded.modalities,
  }));
  return workOnSegments({
    input,
    work: async (segment) => {
      const { scorer, modalities } = await opened;
      if (tracks !== null) checkScorable(tracks, modalities);
      return isScorable(segment, modalities) ? (await scorer.score(segment)).score : gapFor(segment);
    },
    ...(limitSeconds === undefined ? {} : { limitSeconds }),
    onTracks(known) {
      tracks = known;
      onTracks(known);
    },
  }).pipe(
    finalize(
      () =>
        void opened.then(
          ({ scorer }) => scorer.close(),
          () => undefined, // told by the first segment
        ),
    ),
  );
}

function gapFor({ epoch, seq }: Segment): Gap {
  return { type: 'gap', epoch, fromSeq: seq, toSeq: seq, reason: 'source' };
}
