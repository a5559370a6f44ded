import type { Readable } from 'node:stream';
import type { SchedulerLike } from 'rxjs';
import type { Clock } from '../../core/clock.js';
import type { ScoringEngine } from '../../model/scoring.js';
import type { MediaInput, MediaInputOptions } from '../../streams/media-input.js';

/** What the server is put together from; tests put in their own. */
export interface Parts {
  /** Opens one connection to a source, or what a sender pushes; `openDecodeProcess` in the product. */
  readonly openInput: (options: MediaInputOptions, deps?: { readonly pushed: Readable }) => MediaInput;
  /** Scores the segments of every stream. The server closes it when it closes itself. */
  readonly engine: ScoringEngine;
  /** The wall clock. */
  readonly clock: Clock;
  /** Runs all timeouts; every length of time goes by its `now`, which nobody sets. */
  readonly scheduler: SchedulerLike;
  /** Uniform in [0, 1); jitter of reconnecting. */
  readonly random: () => number;
}
