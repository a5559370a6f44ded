import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer';
import { LABELS } from '../../core/labels.js';
import type { Score } from '../../core/score.js';
import type { ScoreEncoder, ScoreFileHeader } from './score-writer.js';

const EMPTY = '';

/** One row a score: `id`, `epoch`, `seq`, `pts_us`, `warm` and a FLOAT column per expression. The metadata `evoked.pack` tell the pack. Written whole at the end (60 bytes a row). */
export function createParquetEncoder({ videoId, pack }: ScoreFileHeader): ScoreEncoder {
  const rows: Score[] = [];
  return {
    begin: () => EMPTY,
    add(score) {
      rows.push(score);
      return EMPTY;
    },
    end: () =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: columnsOf(videoId, rows),
          kvMetadata: [{ key: 'evoked.pack', value: JSON.stringify(pack) }],
        }),
      ),
  };
}

function columnsOf(videoId: string, rows: readonly Score[]): ColumnSource[] {
  return [
    { name: 'id', data: rows.map(() => videoId), type: 'STRING' },
    { name: 'epoch', data: Int32Array.from(rows, (row) => row.epoch), type: 'INT32' },
    { name: 'seq', data: Int32Array.from(rows, (row) => row.seq), type: 'INT32' },
    { name: 'pts_us', data: rows.map((row) => BigInt(row.ptsUs)), type: 'INT64' },
    { name: 'warm', data: rows.map((row) => row.warm), type: 'BOOLEAN' },
    ...LABELS.map((name, index): ColumnSource => {
      return { name, data: Float32Array.from(rows, (row) => row.scores[index] ?? NaN), type: 'FLOAT' };
    }),
  ];
}
