import { afterEach, describe, expect, it } from 'vitest';
import { LogMel } from '../../../src/model/audio/log-mel.js';
import {
  createOnnxAudioExtractor,
  type OnnxAudioExtractor,
} from '../../../src/model/audio/onnx-audio-extractor.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { tinyAudioNetwork, type TinyNetwork } from './onnx-network.js';

const DIM = 2048;
const opened: OnnxAudioExtractor[] = [];
afterEach(async () => {
  for (const extractor of opened.splice(0)) await extractor.release();
});

async function open(network: TinyNetwork): Promise<OnnxAudioExtractor> {
  const extractor = await createOnnxAudioExtractor(tinyAudioNetwork(network));
  opened.push(extractor);
  return extractor;
}

const SEGMENTS = [2667, 2666, 0, 16_000, 1].map((length, i) =>
  seededFloats('onnx', `sound.${i}`, length, 0.3),
);

/** What the log-mel networks must put out: each band's mean over time, again and again. */
function bandMeans(samples: Float32Array): Float32Array {
  const picture = new LogMel().compute([samples]);
  return Float32Array.from({ length: DIM }, (_, i) => {
    let sum = 0;
    for (let frame = 0; frame < 96; frame++) sum += picture[frame * 64 + (i % 64)]!;
    return sum / 96;
  });
}

/** What the waveform networks must put out: the energy of each 250 samples of the padded second. */
function energies(samples: Float32Array): Float32Array {
  const padded = new Float32Array(16_000);
  padded.set(samples);
  return Float32Array.from({ length: DIM }, (_, i) => {
    let sum = 0;
    for (const value of padded.subarray((i % 64) * 250, (i % 64) * 250 + 250)) sum += value * value;
    return sum / 250;
  });
}

function expectClose(got: Float32Array, wanted: readonly Float32Array[], factor = 1): void {
  expect(got.length).toBe(wanted.length * DIM);
  const flat = wanted.flatMap((row) => [...row]);
  const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - factor * flat[i]!)), 0);
  expect(worst).toBeLessThan(1e-5 * Math.max(1, factor));
}

const LOG_MEL_FORMS: [text: string, network: TinyNetwork][] = [
  ['[N, 96, 64]', { input: ['N', 96, 64], reduce: 'logmel' }],
  ['[N, 96, 64, 1]', { input: ['N', 96, 64, 1], reduce: 'logmel-channel-last' }],
  ['[N, 1, 96, 64]', { input: ['N', 1, 96, 64], reduce: 'logmel-channel-first' }],
  ['[N, 96, 64]', { input: ['a', 'b', 'c'], reduce: 'logmel' }],
  ['[N, 1, 96, 64]', { input: ['a', 1, 'b', 'c'], reduce: 'logmel-channel-first' }],
];

describe('a log-mel network', () => {
  it.each(LOG_MEL_FORMS)('of the form %s is fed as it wants', async (text, network) => {
    const extractor = await open(network);
    expect(extractor).toMatchObject({ preprocessing: 'logmel-96x64', inputText: text, dim: DIM });
    expect(extractor.embedBatchSize).toBeGreaterThan(1);
    expectClose(await extractor.embed(SEGMENTS), SEGMENTS.map(bandMeans));
    expect(await extractor.embed([])).toHaveLength(0);
  });

  it.each([1, 4])('that takes batches of exactly %d gets them', async (batch) => {
    const extractor = await open({ input: [batch, 96, 64], reduce: 'logmel' });
    expect(extractor.embedBatchSize).toBe(batch);
    expectClose(await extractor.embed(SEGMENTS), SEGMENTS.map(bandMeans));
  });
});

describe('a waveform network', () => {
  it.each<[string, TinyNetwork]>([
    ['[N, 16000]', { input: ['N', 'T'], reduce: 'waveform' }],
    ['[N, 16000]', { input: ['N', 16_000], reduce: 'waveform' }],
    ['[N, 16000]', { input: [1, 16_000], reduce: 'waveform' }],
    ['[16000]', { input: ['T'], reduce: 'waveform-alone' }],
  ])('of the form %s gets one padded second a segment', async (text, network) => {
    const extractor = await open(network);
    expect(extractor).toMatchObject({ preprocessing: 'waveform-16000', inputText: text });
    expectClose(await extractor.embed(SEGMENTS), SEGMENTS.map(energies));
  });

  it('is told the sample rate where it asks', async () => {
    const extractor = await open({ input: ['N', 'T'], reduce: 'waveform', rateInput: 'sample_rate' });
    expectClose(await extractor.embed(SEGMENTS), SEGMENTS.map(energies), 16_000);
  });

  it('may put out several embeddings a segment: their mean counts', async () => {
    const extractor = await open({ input: ['N', 'T'], reduce: 'waveform', numTimes: 4 });
    expectClose(await extractor.embed(SEGMENTS), SEGMENTS.map(energies), 0.75);
  });

  it('counts broken samples as silence', async () => {
    const extractor = await open({ input: ['N', 'T'], reduce: 'waveform' });
    const embedding = await extractor.embed([Float32Array.of(NaN, 1, Infinity)]);
    expectClose(embedding, [energies(Float32Array.of(0, 1, 0))]);
  });
});

describe('outputs', () => {
  const input = ['N', 96, 64] as const;

  it('others than the embedding are passed over', async () => {
    const extractor = await open({ input, reduce: 'logmel', alsoOutput: ['input'] });
    expectClose(await extractor.embed(SEGMENTS), SEGMENTS.map(bandMeans));
  });

  it('of which several fit need one that is called embedding', async () => {
    const several = { input, reduce: 'logmel', alsoOutput: ['second-embedding'] } as const;
    await expect(open(several)).rejects.toMatchObject({
      code: 'ERR_MODEL_WEIGHTS',
      message: expect.stringContaining('several') as string,
    });
    const named = await open({ ...several, outputName: 'embedding' });
    expectClose(await named.embed(SEGMENTS), SEGMENTS.map(bandMeans));
  });
});

it('runs a network alone where its rows depend on their neighbours', async () => {
  const extractor = await open({ input: ['N', 96, 64], reduce: 'logmel', mixesRows: true });
  expect(extractor.embedBatchSize).toBe(1);
  expectClose(
    await extractor.embed(SEGMENTS),
    SEGMENTS.map(() => new Float32Array(DIM)),
  );
});

describe('refuses', () => {
  it.each<[string, TinyNetwork, RegExp]>([
    ['another picture', { input: ['N', 64, 96], reduce: 'logmel' }, /another shape.*64, 96.*\[N, 96, 64\]/],
    ['another length', { input: ['N', 15_600], reduce: 'waveform' }, /another shape.*15600/],
    ['another width', { input: ['N', 96, 64], reduce: 'logmel', dim: 1024 }, /1024.*2048/],
  ])('%s', async (_, network, message) => {
    await expect(open(network)).rejects.toMatchObject({
      code: 'ERR_MODEL_WEIGHTS',
      message: expect.stringMatching(message) as string,
    });
  });

  it('what is no ONNX file, and cut files', async () => {
    const bytes = tinyAudioNetwork({ input: ['N', 96, 64], reduce: 'logmel' });
    for (const wrong of [new Uint8Array(0), Uint8Array.of(1, 2, 3), bytes.subarray(0, bytes.length / 2)]) {
      await expect(createOnnxAudioExtractor(wrong)).rejects.toMatchObject({ code: 'ERR_FILE_FORMAT' });
    }
  });

  it('inputs that are no waveforms', async () => {
    const extractor = await open({ input: ['N', 'T'], reduce: 'waveform' });
    const code = { code: 'ERR_MODEL_INPUT' };
    await expect(extractor.embed([new Float32Array(16_001)])).rejects.toMatchObject(code);
    await expect(extractor.embed([new Uint8Array(8)])).rejects.toMatchObject(code);
  });
});
