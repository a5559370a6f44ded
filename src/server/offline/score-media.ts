import { finalize, type Observable } from 'rxjs';
import type { PositionPolicy } from '../../core/config.js';
import type { SourceTracks } from '../../core/media.js';
import type { ScoreEvent } from '../../core/score.js';
import { segmentSeconds } from '../../core/time-grid.js';
import type { ScoringEngine } from '../../model/scoring.js';
import type { MediaInput } from '../../streams/media-input.js';
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

/** Scores a finite source as fast as inference allows, dropping nothing. Cold; unsubscribing stops the decoding. */
export function scoreMedia(options: ScoreMediaOptions): Observable<ScoreEvent> {
  const { input, engine, position, limitSeconds = Infinity, onTracks = () => {} } = options;
  const scorer = engine.then((loaded) => loaded.open({ position }));
  return workOnSegments({
    input,
    work: async (segment) => (await (await scorer).score(segment)).score,
    isWanted: (segment) => segmentSeconds(segment.seq) < limitSeconds,
    onTracks,
  }).pipe(
    finalize(
      () =>
        void scorer.then(
          (opened) => opened.close(),
          () => undefined, // told by the first segment
        ),
    ),
  );
}
