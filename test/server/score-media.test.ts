import { expect, it } from 'vitest';
import type { ScoreEvent } from '../../src/core/score.js';
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
});

it('fails where the source has nothing that the pack scores', async () => {
  const { input, engine, ended } = run(soundEngine());
  input.open({ ...TRACKS, audio: null });
  input.feed(3, { audio: false });
  input.end();
  await expect(ended).rejects.toMatchObject({ code: 'ERR_SOURCE_NO_TRACKS' });
  expect(engine.scorers[0]!.isClosed).toBe(true);
});
