import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { createCsvEncoder } from '../../../src/cli/output/csv-encoder.js';
import { createJsonlEncoder } from '../../../src/cli/output/jsonl-encoder.js';
import { createParquetEncoder } from '../../../src/cli/output/parquet-encoder.js';
import type { ScoreEncoder } from '../../../src/cli/output/score-writer.js';
import { LABELS } from '../../../src/core/labels.js';
import type { Score } from '../../../src/core/score.js';
import { segmentStartUs } from '../../../src/core/time-grid.js';

function makeScore(seq: number): Score {
  return {
    type: 'score',
    epoch: 0,
    seq,
    ptsUs: segmentStartUs(seq),
    capturedAtMs: 1e12,
    emittedAtMs: 1e12 + 5,
    latencyMs: 5,
    scores: LABELS.map((_, index) => Math.fround(0.1 * index - 0.3 + seq)),
    visual: null,
    audio: LABELS.map(() => 0.5),
    warm: seq > 1,
    flags: ['audio-only'],
  };
}

function encode(encoder: ScoreEncoder, scores: readonly Score[]): Uint8Array {
  const pieces = [encoder.begin(), ...scores.map((score) => encoder.add(score)), encoder.end()];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece as Uint8Array)));
}

const PACK = { name: 'p', version: '1.2.3', trainedOn: 'nothing', trained: false };
const HEADER = { videoId: 'v', pack: PACK };
const SCORES = [0, 1, 2].map(makeScore);

describe('score files', () => {
  it('writes CSV with the columns of EEV and timestamps in microseconds', () => {
    const lines = Buffer.from(encode(createCsvEncoder({ videoId: 'a,b"c', pack: PACK }), SCORES))
      .toString()
      .trimEnd()
      .split('\n');
    expect(lines[0]).toBe(`YouTube ID,Timestamp (milliseconds),${LABELS.join(',')}`);
    expect(lines).toHaveLength(4);
    expect(lines[2]?.startsWith('"a,b""c",166667,0.7,0.8,0.9,1,')).toBe(true);
  });

  it('keeps float32 values in CSV', () => {
    const line =
      Buffer.from(encode(createCsvEncoder(HEADER), [makeScore(1)]))
        .toString()
        .split('\n')[1] ?? '';
    const values = line.split(',').slice(2).map(Number);
    values.forEach((value, index) => expect(value).toBeCloseTo(makeScore(1).scores[index] ?? NaN, 6));
  });

  it('writes JSON lines without wall-clock times', () => {
    const lines = Buffer.from(encode(createJsonlEncoder(HEADER), SCORES))
      .toString()
      .trimEnd()
      .split('\n');
    const row = JSON.parse(lines[1] ?? '') as Record<string, unknown>;
    expect(row).toMatchObject({
      id: 'v',
      epoch: 0,
      seq: 1,
      ptsUs: 166667,
      visual: null,
      warm: false,
      flags: ['audio-only'],
    });
    expect(row['scores']).toEqual(makeScore(1).scores);
    expect(row['pack']).toEqual({ name: 'p', version: '1.2.3', trained: false });
    expect(Object.keys(row)).not.toContain('emittedAtMs');
  });

  it('writes Parquet that a reader reads back', async () => {
    const bytes = encode(createParquetEncoder(HEADER), SCORES);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const { key_value_metadata: metadata } = parquetMetadata(file);
    expect(JSON.parse(metadata?.find(({ key }) => key === 'evoked.pack')?.value ?? '')).toEqual(PACK);
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(3);
    expect(rows[2]).toMatchObject({
      id: 'v',
      epoch: 0,
      seq: 2,
      pts_us: 333334n,
      warm: true,
      triumph: makeScore(2).scores[14],
    });
  });
});
