import type { Clock } from '../../core/clock.js';
import type { MediaInputOptions } from '../media-input.js';
import type { SourceSpec } from '../source/parse-source.js';
import type { NodeAv } from './load-node-av.js';
import type { MediaOutput } from './media-output.js';

/** What playing a source needs: the source, where its media goes, and when to stop. */
export interface Playback {
  readonly av: NodeAv;
  readonly spec: SourceSpec;
  readonly options: MediaInputOptions;
  readonly output: MediaOutput;
  readonly clock: Clock;
  /** Aborted when the server asked to stop. */
  readonly signal: AbortSignal;
  /** Whether previews are wanted at the moment. */
  readonly preview: () => boolean;
  /**
   * The source has been silent for too long in a call that cannot be interrupted, or leads to where it may not: report it,
   * and end the process.
   */
  readonly onStall: (error: Error) => void;
}
