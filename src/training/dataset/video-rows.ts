import { LABELS } from '../../core/labels.js';
import { readCsvRecords } from './csv-records.js';
import { RowBuffer } from './row-buffer.js';
import { annotatedSegment } from './segment-grid.js';
import { findColumns, type TableColumns } from './table-columns.js';
import { tableError } from './table-error.js';

/** Rows of one video, in order of time. */
export interface VideoRows {
  readonly type: 'video';
  readonly id: string;
  /** `[T]`, microseconds, ascending; no two in the same segment. */
  readonly timesUs: Float64Array;
  /** `[T, 15]`. */
  readonly values: Float32Array;
  /** Rows of zeros that were left out. */
  readonly numUndetected: number;
}

/** A video whose rows cannot be used. It takes back rows of the same id that were given before. */
export interface VideoFault {
  readonly type: 'fault';
  readonly id: string;
  /** One line with the line of the file. */
  readonly reason: string;
}

/** What the values of a table are. */
export interface TableOptions {
  /** `'annotations'`: in [0, 1], and rows of zeros are left out; `'scores'`: any finite values. */
  readonly kind: 'annotations' | 'scores';
  /** Called at the end of each video. */
  readonly onProgress?: (bytesDone: number, totalBytes: number) => void;
}

/**
 * Reads a CSV of EEV's form as a stream, a video at a time; the rows of a video stand together.
 * @throws {EvokedError} ERR_FILE_FORMAT with the line, where the file as a whole is malformed or has no rows
 */
export async function* readVideoRows(
  path: string,
  options: TableOptions,
): AsyncGenerator<VideoRows | VideoFault> {
  let columns: TableColumns | undefined;
  let video: VideoReader | undefined;
  const firstLines = new Map<string, number>();
  for await (const { fields, line, bytesRead, totalBytes } of readCsvRecords(path)) {
    if (columns === undefined) {
      columns = findColumns(fields, path);
      continue;
    }
    const id = fields[columns.id]!.trim();
    if (id === '') throw tableError(path, { line, what: 'a row without an id' });
    if (id !== video?.id) {
      if (video !== undefined) yield video.end();
      options.onProgress?.(bytesRead, totalBytes);
      const firstLine = firstLines.get(id);
      video = new VideoReader(id, columns, options);
      if (firstLine !== undefined)
        video.fail(line, `its rows stand in two places, the first at line ${firstLine}`);
      firstLines.set(id, firstLine ?? line);
    }
    video.add(fields, line);
  }
  if (video === undefined)
    throw tableError(path, { what: 'no rows', expected: "EEV's header and a row an annotation" });
  yield video.end();
}

/** Collects and checks the rows of one video. */
class VideoReader {
  readonly id: string;
  readonly #columns: TableColumns;
  readonly #kind: TableOptions['kind'];
  readonly #rows = new RowBuffer();
  readonly #row = new Float32Array(LABELS.length);
  #lastTimeUs = -1;
  #numUndetected = 0;
  #fault: string | undefined;

  constructor(id: string, columns: TableColumns, { kind }: TableOptions) {
    this.id = id;
    this.#columns = columns;
    this.#kind = kind;
  }

  fail(line: number, what: string): void {
    this.#fault ??= `line ${line}: ${what}`;
  }

  add(fields: readonly string[], line: number): void {
    if (this.#fault !== undefined) return;
    const timeUs = toNumber(fields[this.#columns.time]!);
    const wrong = this.#timeFault(timeUs, fields[this.#columns.time]!) ?? this.#readValues(fields);
    if (wrong !== null) return this.fail(line, wrong);
    this.#lastTimeUs = timeUs;
    if (this.#kind === 'annotations' && this.#row.every((value) => value === 0)) this.#numUndetected += 1;
    else this.#rows.add(timeUs, this.#row);
  }

  end(): VideoRows | VideoFault {
    if (this.#fault !== undefined) return { type: 'fault', id: this.id, reason: this.#fault };
    return { type: 'video', id: this.id, ...this.#rows.take(), numUndetected: this.#numUndetected };
  }

  #timeFault(timeUs: number, text: string): string | null {
    if (!(timeUs >= 0 && Number.isFinite(timeUs))) return `the timestamp is "${text}", not microseconds`;
    const last = this.#lastTimeUs;
    if (last < 0) return null;
    if (timeUs === last) return `timestamp ${timeUs} is there twice`;
    if (timeUs < last) return `timestamp ${timeUs} comes after ${last}`;
    if (annotatedSegment(timeUs) > annotatedSegment(last)) return null;
    return `timestamps ${last} and ${timeUs} are in the same 1/6 s (they are read as microseconds)`;
  }

  #readValues(fields: readonly string[]): string | null {
    const { labels } = this.#columns;
    for (let label = 0; label < labels.length; label++) {
      const text = fields[labels[label]!]!;
      const value = toNumber(text);
      if (!Number.isFinite(value)) return `${LABELS[label]} is "${text}", not a number`;
      if (this.#kind === 'annotations' && (value < 0 || value > 1))
        return `${LABELS[label]} is ${text}, not in [0, 1]`;
      this.#row[label] = value;
    }
    return null;
  }
}

/** NaN also for what `Number` takes for 0: no text at all. */
function toNumber(text: string): number {
  const value = Number(text);
  return value === 0 && text.trim() === '' ? NaN : value;
}
