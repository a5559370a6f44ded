import type { Modality, Segment, SourceTracks } from '../../core/media.js';
import { EvokedError } from '../../core/errors.js';
import type { Tensor, TensorMap } from '../../model/weights/tensor.js';
import type { MediaInput } from '../../streams/media-input.js';
import type { FeatureColumn } from './feature-stages.js';
import { fileSeconds, workOnSegments } from './work-on-segments.js';

/** A finite source whose features are wanted. */
export interface ExtractFeaturesOptions {
  readonly input: MediaInput;
  /** Columns whose modality the source does not have are left out of the file. */
  readonly columns: readonly FeatureColumn[];
  /** End of the wanted media time in seconds. */
  readonly limitSeconds: number;
  readonly onTracks?: (tracks: SourceTracks) => void;
  readonly onProgress?: (secondsDone: number) => void;
}

/** The rows of a feature file. */
export interface ExtractedFeatures {
  /** A tensor `[T, …]` a column, and `seconds` [T] float64: the start of each segment in media time. */
  readonly tensors: TensorMap;
  readonly numRows: number;
  /** Segments left out because a modality that the file has was missing in them. */
  readonly numSkipped: number;
}

type Row = ReadonlyMap<FeatureColumn, Uint8Array | Float32Array>;

/**
 * Features of a finite source, a row a segment, in memory.
 * @throws {EvokedError} of the source; ERR_SOURCE_NO_TRACKS where it has no modality that a column needs
 */
export async function extractFeatures(options: ExtractFeaturesOptions): Promise<ExtractedFeatures> {
  const { input, limitSeconds, onTracks, onProgress } = options;
  let columns = options.columns;
  const seconds: number[] = [];
  const rows: Row[] = [];
  let numSkipped = 0;
  const rows$ = workOnSegments({
    input,
    onTracks(tracks) {
      columns = columns.filter(({ modality }) => hasModality(tracks, modality));
      onTracks?.(tracks);
    },
    work: async (segment) => ({ segment, row: await toRow(segment, columns) }),
    limitSeconds,
  });
  await rows$.forEach((result) => {
    if (!('row' in result)) return;
    const { segment, row } = result;
    onProgress?.(fileSeconds(segment));
    if (row === null) {
      numSkipped += 1;
      return;
    }
    seconds.push(fileSeconds(segment));
    rows.push(row);
  });
  if (columns.length === 0) {
    const expected = `a ${options.columns.map(({ modality }) => modality).join(' or ')} track`;
    throw new EvokedError('ERR_SOURCE_NO_TRACKS', {
      what: 'the source has nothing to take features of',
      expected,
    });
  }
  return { tensors: toTensors(columns, rows, seconds), numRows: rows.length, numSkipped };
}

function hasModality(tracks: SourceTracks, modality: Modality): boolean {
  return (modality === 'visual' ? tracks.video : tracks.audio) !== null;
}

async function toRow(segment: Segment, columns: readonly FeatureColumn[]): Promise<Row | null> {
  const row = new Map<FeatureColumn, Uint8Array | Float32Array>();
  for (const column of columns) {
    const input = column.modality === 'visual' ? segment.frame : segment.audio;
    if (input === null) return null;
    row.set(column, await column.toRow(input));
  }
  return row;
}

function toTensors(
  columns: readonly FeatureColumn[],
  rows: readonly Row[],
  seconds: readonly number[],
): TensorMap {
  const tensors = new Map<string, Tensor>();
  for (const column of columns) {
    const rowLength = column.rowShape.reduce((product, size) => product * size, 1);
    const data = new (column.dtype === 'U8' ? Uint8Array : Float32Array)(rows.length * rowLength);
    rows.forEach((row, index) => data.set(row.get(column) ?? [], index * rowLength));
    tensors.set(column.name, {
      dtype: column.dtype,
      shape: [rows.length, ...column.rowShape],
      data,
    } as Tensor);
  }
  tensors.set('seconds', { dtype: 'F64', shape: [seconds.length], data: Float64Array.from(seconds) });
  return tensors;
}
