import { expect, it } from 'vitest';
import { segmentStartUs } from '../../src/core/time-grid.js';
import type { ScoreEvent } from '../../src/core/score.js';
import { extractFeatures } from '../../src/server/offline/extract-features.js';
import { logMelColumn } from '../../src/server/offline/feature-stages.js';
import { scoreMedia } from '../../src/server/offline/score-media.js';
import { FakeEngine } from './fake-engine.js';
import { FakeInput, TRACKS } from './fake-input.js';

interface Run {
  readonly input: FakeInput;
  readonly engine: FakeEngine;
  readonly events: ScoreEvent[];
  readonly ended: Promise<void>;
}

function run(engine = new FakeEngine()): Run {
  const input = new FakeInput({} as ConstructorParameters<typeof FakeInput>[0]);
  const events: ScoreEvent[] = [];
  const ended = scoreMedia({ input, engine: Promise.resolve(engine), position: 'elapsed' }).forEach(
    (event) => void events.push(event),
  );
  return { input, engine, events, ended };
}

function soundEngine(): FakeEngine {
  const engine = new FakeEngine();
  engine.modalities = ['audio'];
  return engine;
}

it('leaves out what the pack cannot score, and scores the rest', async () => {
  const { input, engine, events, ended } = run(soundEngine());
  input.open();
  input.feed(2);
  input.feed(1, { audio: false });
  input.feed(1);
  input.end();
  await ended;
  expect(events).toMatchObject([
    { type: 'epoch' },
    { type: 'score', seq: 0 },
    { type: 'score', seq: 1 },
    { type: 'gap', fromSeq: 2, toSeq: 2, reason: 'source' },
    { type: 'score', seq: 3 },
  ]);
  expect(engine.scorers[0]!.scored.map(({ seq }) => seq)).toEqual([0, 1, 3]);
  expect(engine.options).toEqual([{ position: 'elapsed' }]);
});

it('fails where the source has nothing that the pack scores', async () => {
  const { input, engine, ended } = run(soundEngine());
  input.open({ ...TRACKS, audio: null });
  input.feed(3, { audio: false });
  input.end();
  await expect(ended).rejects.toMatchObject({ code: 'ERR_SOURCE_NO_TRACKS' });
  expect(engine.scorers[0]!.isClosed).toBe(true);
});

/** A hole that is longer than the receptive field, and a clock that starts again. */
function playJoined(input: FakeInput): void {
  input.open();
  input.feed(2);
  input.skip(150);
  input.feed(2);
  input.jump();
  input.feed(2);
  input.end();
}

it('keeps the time of the file over holes and jumps, and the towers’ past over holes', async () => {
  const { input, engine, events, ended } = run();
  playJoined(input);
  await ended;
  const scored = engine.scorers[0]!.scored;
  const kth = [0, 1, 2, 3, 4, 5, 6, 7, 152, 153, 156, 157];
  expect(scored.map(({ ptsUs }) => ptsUs)).toEqual(kth.map(segmentStartUs));
  expect(scored.map(({ epoch, seq }) => [epoch, seq])).toEqual(
    kth.map((k) => (k < 156 ? [0, k] : [1, k - 156])),
  );
  expect(events.flatMap((event) => (event.type === 'score' ? [event.ptsUs] : []))).toEqual(
    kth.map(segmentStartUs),
  );
});

it('writes features in order of time', async () => {
  const input = new FakeInput({} as ConstructorParameters<typeof FakeInput>[0]);
  const extracted = extractFeatures({ input, columns: [logMelColumn()], limitSeconds: 156.5 / 6 });
  playJoined(input);
  const { tensors } = await extracted;
  expect([...tensors.get('seconds')!.data]).toEqual([0, 1, 152, 153, 156].map((k) => k / 6));
});
