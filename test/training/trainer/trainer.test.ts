import { describe, expect, it } from 'vitest';
import type { TensorMap } from '../../../src/model/weights/tensor.js';
import { openBackend } from '../../../src/training/backend/index.js';
import { createTrainer, type Trainer, type TrainerOptions } from '../../../src/training/trainer/index.js';
import { largestDifference, randomSequence } from './sequences.js';

const DIM = 6;
const videos = [30, 21, 12, 25].map((numSteps, i) => randomSequence(`video${i}`, numSteps, DIM));
const OPTIONS: TrainerOptions = {
  modality: 'audio',
  embeddingDim: DIM,
  position: false,
  shape: { numChannels: 5, numStacks: 1, numLevels: 2, numHidden: 4 },
  weightNorm: true,
  dropout: 0.3,
  dropTimestamps: 0.2,
  optimizer: { kind: 'adam', learningRate: 0.01 },
  accumulate: 2,
  seed: 'trainer',
};

const backend = await openBackend();

function epoch(trainer: Trainer): number[] {
  return videos.map((video, i) => {
    const loss = trainer.addVideo(video);
    if (i % 2 === 1) trainer.step();
    return loss;
  });
}

function expectSame(a: TensorMap, b: TensorMap): void {
  expect([...a.keys()]).toEqual([...b.keys()]);
  for (const [name, { data }] of a) expect(data, name).toEqual(b.get(name)!.data);
}

describe('a trainer', () => {
  it('with the same seed gives the same bits, with another one others', () => {
    const [first, second, other] = ['a', 'a', 'b'].map((seed) =>
      createTrainer(backend, { ...OPTIONS, seed }),
    );
    const losses = [first!, second!, other!].map((trainer) => [...epoch(trainer), ...epoch(trainer)]);
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).not.toEqual(losses[0]);
    expectSame(first!.tensors(), second!.tensors());
    for (const trainer of [first, second, other]) trainer!.dispose();
  });

  it.each(['sgd', 'adam'] as const)('continues bit for bit from a snapshot (%s)', (kind) => {
    const options: TrainerOptions = { ...OPTIONS, optimizer: { kind, learningRate: 0.01 } };
    const whole = createTrainer(backend, options);
    epoch(whole);
    whole.collectAverage();
    epoch(whole);
    whole.collectAverage();
    const snapshot = whole.snapshot();
    const continued = createTrainer(backend, { ...options, init: 'he' });
    epoch(continued);
    continued.restore(snapshot);
    expect(continued.numSteps).toBe(4);
    expect(epoch(continued)).toEqual(epoch(whole));
    for (const trainer of [whole, continued]) trainer.collectAverage();
    expectSame(continued.snapshot(), whole.snapshot());
    expectSame(continued.tensors('average'), whole.tensors('average'));
    for (const trainer of [whole, continued]) trainer.dispose();
  });

  it('keeps the mean of the weights that it collected', () => {
    const trainer = createTrainer(backend, { ...OPTIONS, weightNorm: false });
    const collected = [1, 2, 3].map(() => {
      epoch(trainer);
      trainer.collectAverage();
      return trainer.tensors();
    });
    const name = 'temporal_audio.0.network.1.conv1.weight';
    const [a, b, c] = collected.map((tensors) => tensors.get(name)!.data as Float32Array);
    const mean = a!.map((value, i) => (value + b![i]! + c![i]!) / 3);
    const average = trainer.tensors('average');
    expect(largestDifference(average.get(name)!.data as Float32Array, mean)).toBeLessThan(1e-6);
    const initialTensors = average;
    const started = createTrainer(backend, { ...OPTIONS, weightNorm: false, initialTensors });
    expect(trainer.predict(videos[0]!, 'average')).toEqual(started.predict(videos[0]!));
    expect(trainer.predict(videos[0]!, 'average')).not.toEqual(trainer.predict(videos[0]!));
    for (const one of [trainer, started]) one.dispose();
  });

  it('sums gradients over the videos of a step: once with accumulate 1 is twice with 2', () => {
    const plain: TrainerOptions = {
      ...OPTIONS,
      ...{ dropout: 0, dropTimestamps: 0, optimizer: { kind: 'sgd', learningRate: 0.1 } },
    };
    const once = createTrainer(backend, { ...plain, accumulate: 1 });
    const twice = createTrainer(backend, { ...plain, accumulate: 2 });
    once.addVideo(videos[0]!);
    twice.addVideo(videos[0]!);
    twice.addVideo(videos[0]!);
    expect([once.numPending, twice.numPending]).toEqual([1, 2]);
    for (const trainer of [once, twice]) trainer.step();
    expectSame(once.tensors(), twice.tensors());
    expect([once.numPending, once.numSteps]).toEqual([0, 1]);
    for (const trainer of [once, twice]) trainer.dispose();
  });

  it('learns what it is shown', () => {
    const trainer = createTrainer(backend, { ...OPTIONS, dropout: 0, dropTimestamps: 0, init: 'he' });
    const total = (losses: number[]) => losses.reduce((sum, loss) => sum + loss, 0);
    const first = total(epoch(trainer));
    for (let i = 0; i < 40; i++) epoch(trainer);
    expect(total(epoch(trainer))).toBeLessThan(first / 2);
    trainer.dispose();
  });

  it('scales labels for training and predictions back', () => {
    const plain = { ...OPTIONS, dropout: 0, dropTimestamps: 0 };
    const [one, ten] = [1, 10].map((labelScale) => createTrainer(backend, { ...plain, labelScale }));
    const scaled = { ...videos[0]!, labels: videos[0]!.labels.map((label) => label * 10) };
    expect(ten!.addVideo(videos[0]!)).toBeCloseTo(one!.addVideo(scaled), 4);
    const raw = one!.predict(videos[0]!);
    expect(
      largestDifference(
        ten!.predict(videos[0]!),
        raw.map((score) => score / 10),
      ),
    ).toBeLessThan(1e-6);
    for (const trainer of [one, ten]) trainer!.dispose();
  });

  it('loses no tensor', () => {
    const { tf } = backend;
    const before = tf.memory().numTensors;
    const trainer = createTrainer(backend, OPTIONS);
    const pass = () => {
      epoch(trainer);
      trainer.collectAverage();
      trainer.predict(videos[0]!, 'average');
      trainer.restore(trainer.snapshot());
      trainer.predict(videos[1]!);
      return tf.memory().numTensors;
    };
    expect(pass()).toBe(pass());
    trainer.addVideo(videos[0]!);
    trainer.dispose();
    trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('what a trainer refuses', () => {
  it.each<[string, Partial<TrainerOptions>, string]>([
    ['a dropout of 1', { dropout: 1 }, 'ERR_CONFIG_INVALID'],
    ['a negative rate', { optimizer: { kind: 'sgd', learningRate: -1 } }, 'ERR_CONFIG_INVALID'],
    ['no blocks', { shape: { numLevels: 0 } }, 'ERR_CONFIG_INVALID'],
    ['standardising without statistics', { standardize: true }, 'ERR_CONFIG_INVALID'],
    [
      'statistics of another width',
      { standardize: true, inputStatistics: { mean: new Float64Array(3), std: new Float64Array(3).fill(1) } },
      'ERR_CONFIG_INVALID',
    ],
  ])('%s', (_name, variant, code) => {
    expect(() => createTrainer(backend, { ...OPTIONS, ...variant })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('weights and snapshots of another tower, sequences of another width, snapshots within a step', () => {
    const trainer = createTrainer(backend, OPTIONS);
    const wider = createTrainer(backend, { ...OPTIONS, shape: { ...OPTIONS.shape, numChannels: 7 } });
    const before = trainer.tensors();
    const weights = expect.objectContaining({ code: 'ERR_MODEL_WEIGHTS' }) as Error;
    const input = expect.objectContaining({ code: 'ERR_MODEL_INPUT' }) as Error;
    expect(() => createTrainer(backend, { ...OPTIONS, initialTensors: wider.tensors() })).toThrow(weights);
    expect(() => trainer.restore(wider.snapshot())).toThrow(weights);
    expect(() => trainer.restore(new Map())).toThrow(weights);
    expect(() => trainer.addVideo(randomSequence('wide', 10, DIM + 1))).toThrow(input);
    expect(() => trainer.predict({ ...videos[0]!, seconds: new Float64Array(3) })).toThrow(input);
    expect(() => trainer.addVideo(randomSequence('empty', 0, DIM))).toThrow(input);
    expectSame(trainer.tensors(), before);
    trainer.addVideo(videos[0]!);
    expect(() => trainer.snapshot()).toThrow(expect.objectContaining({ code: 'ERR_INTERNAL' }));
    for (const one of [trainer, wider]) one.dispose();
  });
});
