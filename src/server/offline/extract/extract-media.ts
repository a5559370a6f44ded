import {
  bufferCount,
  defer,
  endWith,
  filter,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  tap,
} from 'rxjs';
import { EvokedError } from '../../../core/errors.js';
import type { Modality, Segment, SourceTracks } from '../../../core/media.js';
import { FRAME_BYTES, SEGMENT_RATE } from '../../../core/time-grid.js';
import type { TensorMap } from '../../../model/weights/tensor.js';
import type { MediaInput } from '../../../streams/media-input.js';
import { fileSeconds, fileSegments } from '../work-on-segments.js';
import type { EmbedInputs } from './embed-messages.js';
import type { EmbedPool } from './embed-pool.js';
import { FeatureRows } from './feature-rows.js';

/**
 * Segments that one thread embeds in one go: the audio network gains nothing beyond. They are always the same ones, so that
 * features are the same bit by bit however the threads were scheduled.
 */
const GROUP_SEGMENTS = 8;

/** A finite source whose features are wanted. */
export interface ExtractMediaOptions {
  readonly input: MediaInput;
  readonly pool: Pick<EmbedPool, 'embed' | 'modalities' | 'numGroupsWanted'>;
  /** End of the wanted media time in seconds. */
  readonly limitSeconds?: number;
  readonly onTracks?: (tracks: SourceTracks) => void;
  readonly onProgress?: (secondsDone: number) => void;
}

/** The rows of a feature file. */
export interface MediaFeatures {
  /** `visual` [T, 1280], `audio` [T, 2048] as the source has them, and `seconds` [T] float64. */
  readonly tensors: TensorMap;
  readonly numRows: number;
  /** Segments left out because a modality that the file has was missing in them. */
  readonly numSkipped: number;
}

/**
 * Features of a finite source, a row a segment, as fast as the pool allows: decoding pauses while it is behind. Emits once.
 * Cold; unsubscribing stops the decoding.
 * @throws {EvokedError} of the source or the pool; ERR_SOURCE_NO_TRACKS where no network has anything to embed
 */
export function extractMedia(options: ExtractMediaOptions): Observable<MediaFeatures> {
  const { input, pool, onTracks, onProgress } = options;
  return defer(() => {
    let modalities: readonly Modality[] = pool.modalities;
    let numSkipped = 0;
    let secondsDone = 0;
    const rows = new FeatureRows();
    const pressure = new GroupPressure(input, pool.numGroupsWanted);
    return fileSegments({
      ...options,
      onTracks(tracks) {
        modalities = presentModalities(tracks, pool.modalities);
        onTracks?.(tracks);
      },
    }).pipe(
      filter((event) => event.type === 'segment'),
      filter((segment) => {
        const isWhole = modalities.every((modality) => inputOf(segment, modality) !== null);
        if (!isWhole) numSkipped += 1;
        return isWhole;
      }),
      bufferCount(GROUP_SEGMENTS),
      tap(() => pressure.add()),
      mergeMap(async (segments, index) => {
        const embeddings = await pool.embed(groupInputs(segments, modalities));
        rows.set(index, { seconds: segments.map(fileSeconds), embeddings });
        pressure.remove();
        // A group may get done before the one before it.
        secondsDone = Math.max(secondsDone, fileSeconds(segments.at(-1)!) + 1 / SEGMENT_RATE);
        onProgress?.(secondsDone);
      }, pool.numGroupsWanted),
      ignoreElements(),
      endWith(null),
      map(() => {
        const { numRows } = rows;
        if (numRows > 0) return { tensors: rows.toTensors(), numRows, numSkipped };
        throw new EvokedError('ERR_SOURCE_NO_TRACKS', {
          what: 'the source has no segment to take features of',
          got: `${numSkipped} segments without ${modalities.join(' or without ')}`,
        });
      }),
    );
  });
}

/** Pauses the input while more groups wait than the threads can hold, and lets it go on when half of them are done. */
class GroupPressure {
  readonly #input: Pick<MediaInput, 'pause' | 'resume'>;
  readonly #maxGroups: number;
  #numGroups = 0;
  #isPaused = false;

  constructor(input: Pick<MediaInput, 'pause' | 'resume'>, numGroupsWanted: number) {
    this.#input = input;
    this.#maxGroups = numGroupsWanted + 1;
  }

  add(): void {
    this.#numGroups += 1;
    if (this.#isPaused || this.#numGroups < this.#maxGroups) return;
    this.#isPaused = true;
    this.#input.pause();
  }

  remove(): void {
    this.#numGroups -= 1;
    if (!this.#isPaused || this.#numGroups > this.#maxGroups / 2) return;
    this.#isPaused = false;
    this.#input.resume();
  }
}

function presentModalities(tracks: SourceTracks, wanted: readonly Modality[]): Modality[] {
  const present = wanted.filter((each) => (each === 'visual' ? tracks.video : tracks.audio) !== null);
  if (present.length > 0) return present;
  const expected = `a ${wanted.map((each) => (each === 'visual' ? 'video' : 'audio')).join(' or ')} track`;
  throw new EvokedError('ERR_SOURCE_NO_TRACKS', {
    what: 'the source has nothing to take features of',
    expected,
  });
}

function inputOf(segment: Segment, modality: Modality): Uint8Array | Float32Array | null {
  return modality === 'visual' ? segment.frame : segment.audio;
}

function groupInputs(segments: readonly Segment[], modalities: readonly Modality[]): EmbedInputs {
  return {
    ...(modalities.includes('visual') && { visual: joinFrames(segments) }),
    ...(modalities.includes('audio') && { audio: segments.map(({ audio }) => audio!) }),
  };
}

function joinFrames(segments: readonly Segment[]): Uint8Array {
  const joined = new Uint8Array(segments.length * FRAME_BYTES);
  segments.forEach(({ frame }, index) => joined.set(frame!, index * FRAME_BYTES));
  return joined;
}
