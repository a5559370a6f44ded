import { expect, it, vi } from 'vitest';
import type { Modality } from '../../src/core/media.js';
import { EvokedError } from '../../src/core/errors.js';
import type { EmbedInputs, Embeddings } from '../../src/server/offline/extract/embed-messages.js';
import { extractMedia, type MediaFeatures } from '../../src/server/offline/extract/extract-media.js';
import { FakeInput, TRACKS } from './fake-input.js';

/** Embeds when the test says so; the only value of an embedding is the number of its group. */
class FakePool {
  readonly modalities: readonly Modality[] = ['visual', 'audio'];
  readonly numGroupsWanted = 2;
  readonly asked: EmbedInputs[] = [];
  readonly #answers: Answer<Embeddings>[] = [];

  embed(inputs: EmbedInputs): Promise<Embeddings> {
    this.asked.push(inputs);
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  }

  answer(group: number): void {
    const { audio, visual } = this.asked[group]!;
    const embeddings = new Float32Array(audio?.length ?? visual!.length / (224 * 224 * 3)).fill(group);
    this.#answers[group]!.resolve({
      ...(visual && { visual: embeddings }),
      ...(audio && { audio: embeddings }),
    });
  }

  fail(group: number, error: Error): void {
    this.#answers[group]!.reject(error);
  }
}

interface Answer<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

function start(): { input: FakeInput; pool: FakePool; features: Promise<MediaFeatures>; progress: number[] } {
  const input = new FakeInput({} as ConstructorParameters<typeof FakeInput>[0]);
  const pool = new FakePool();
  const progress: number[] = [];
  const features = new Promise<MediaFeatures>((resolve, reject) => {
    extractMedia({ input, pool, onProgress: (seconds) => progress.push(seconds) }).subscribe({
      next: resolve,
      error: reject,
    });
  });
  return { input, pool, features, progress };
}

it('puts rows in order of time, whatever order the groups get done in', async () => {
  const { input, pool, features, progress } = start();
  input.open();
  input.feed(20);
  input.end();
  expect(pool.asked.map(({ audio }) => audio?.length)).toEqual([8, 8]);
  pool.answer(1);
  await vi.waitFor(() => expect(pool.asked).toHaveLength(3));
  pool.answer(2);
  pool.answer(0);
  const { tensors, numRows, numSkipped } = await features;
  expect({ numRows, numSkipped }).toEqual({ numRows: 20, numSkipped: 0 });
  const groups = Float32Array.from({ length: 20 }, (_, row) => Math.floor(row / 8));
  expect(tensors.get('visual')).toMatchObject({ dtype: 'F32', shape: [20, 1], data: groups });
  expect(tensors.get('audio')!.data).toEqual(groups);
  expect(tensors.get('seconds')!.data).toEqual(Float64Array.from({ length: 20 }, (_, k) => k / 6));
  expect(progress).toEqual([16 / 6, 20 / 6, 20 / 6].map((seconds) => expect.closeTo(seconds) as number));
});

it('leaves out segments that lack a modality of the file, and a modality that the file lacks', async () => {
  const { input, pool, features } = start();
  input.open();
  input.feed(2);
  input.feed(1, { audio: false });
  input.feed(1);
  input.end();
  pool.answer(0);
  const { tensors, numSkipped } = await features;
  expect(numSkipped).toBe(1);
  expect([...tensors.get('seconds')!.data]).toEqual([0, 1 / 6, 3 / 6]);

  const silent = start();
  silent.input.open({ ...TRACKS, audio: null });
  silent.input.feed(2, { audio: false });
  silent.input.end();
  silent.pool.answer(0);
  expect([...(await silent.features).tensors.keys()]).toEqual(['visual', 'seconds']);
});

it('pauses decoding while the threads are behind', async () => {
  const { input, pool, features } = start();
  const calls: string[] = [];
  input.pause = () => void calls.push('pause');
  input.resume = () => void calls.push('resume');
  input.open();
  input.feed(24);
  expect(calls).toEqual(['pause']);
  pool.answer(0);
  await vi.waitFor(() => expect(pool.asked).toHaveLength(3));
  expect(calls).toEqual(['pause']);
  pool.answer(1);
  await vi.waitFor(() => expect(calls).toEqual(['pause', 'resume']));
  input.end();
  pool.answer(2);
  expect((await features).numRows).toBe(24);
});

it.each(['the source', 'a thread'])('fails with %s, and closes the source', async (who) => {
  const { input, pool, features } = start();
  const error = new EvokedError('ERR_MODEL_WORKER', { what: `${who} failed` });
  input.open();
  input.feed(9);
  if (who === 'the source') input.fail(error);
  else pool.fail(0, error);
  await expect(features).rejects.toBe(error);
  expect(input.isOpen).toBe(false);
});

it('fails where the source has nothing to embed', async () => {
  const none = start();
  none.input.open({ ...TRACKS, audio: null, video: null });
  await expect(none.features).rejects.toMatchObject({ code: 'ERR_SOURCE_NO_TRACKS' });
  const empty = start();
  empty.input.open();
  empty.input.feed(3, { audio: false });
  empty.input.end();
  await expect(empty.features).rejects.toMatchObject({
    code: 'ERR_SOURCE_NO_TRACKS',
    message: expect.stringContaining('3 segments') as string,
  });
});
