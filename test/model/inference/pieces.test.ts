import { describe, expect, it } from 'vitest';
import { combineScores } from '../../../src/model/ensemble.js';
import type { LaneSegment } from '../../../src/model/inference/lane-messages.js';
import { LaneQueue } from '../../../src/model/inference/lane-queue.js';
import { positionFeature } from '../../../src/model/inference/position.js';

describe('combineScores', () => {
  const shares = { visual: 0.8, audio: 0.2 };
  it('weighs both, and lets one count alone', () => {
    const both = combineScores([1, 0], [0, 1], shares)!;
    expect(both.scores[0]).toBeCloseTo(0.8);
    expect(both.scores[1]).toBeCloseTo(0.2);
    expect(both.flags).toEqual([]);
    expect(combineScores([1, 0], null, shares)).toEqual({ scores: [1, 0], flags: ['visual-only'] });
    expect(combineScores(null, [0, 1], shares)).toEqual({ scores: [0, 1], flags: ['audio-only'] });
    expect(combineScores(null, null, shares)).toBeNull();
  });
});

describe('positionFeature', () => {
  it.each([
    ['clamp', 10, 10, false],
    ['clamp', 60, 60, false],
    ['clamp', 61, 60, true],
    ['wrap', 59, 59, false],
    ['wrap', 61, 1, true],
    ['wrap', 125, 5, true],
    ['elapsed', 1000, 1000, false],
  ] as const)('%s at %d s is %d', (policy, at, seconds, limited) => {
    expect(positionFeature(at, 60, policy)).toEqual({ seconds, limited });
  });
});

describe('LaneQueue', () => {
  const segment = (id: number, stream: number, run = 0): LaneSegment => ({
    type: 'segment',
    id,
    stream,
    run,
    positionSeconds: 0,
    input: new Uint8Array(0),
    requestedAtMs: 0,
  });
  const take = (queue: LaneQueue, size: number) => queue.takeBatch(size).map(({ id }) => id);

  it('gives segments in order of arrival, several of a stream too', () => {
    const queue = new LaneQueue();
    for (const [id, stream] of [7, 7, 8, 7].entries()) queue.push(segment(id, stream));
    expect(take(queue, 3)).toEqual([0, 1, 2]);
    expect(queue.length).toBe(1);
    expect(take(queue, 3)).toEqual([3]);
    expect(take(queue, 3)).toEqual([]);
  });

  it('keeps runs of a stream apart, and lets others pass', () => {
    const queue = new LaneQueue();
    queue.push(segment(0, 1, 0));
    queue.push(segment(1, 1, 1));
    queue.push(segment(2, 2, 0));
    queue.push(segment(3, 1, 0));
    expect(take(queue, 8)).toEqual([0, 2]);
    expect(take(queue, 8)).toEqual([1]);
    expect(take(queue, 8)).toEqual([3]);
  });

  it('drops what a closed stream had waiting', () => {
    const queue = new LaneQueue();
    for (const [id, stream] of [1, 2, 1].entries()) queue.push(segment(id, stream));
    queue.forget(1);
    expect(take(queue, 8)).toEqual([1]);
  });

  it('keeps what concerns a state in its place among the segments of its stream', () => {
    const queue = new LaneQueue();
    const save = (id: number, stream: number) => queue.push({ type: 'save', id, stream, run: 0 });
    const states = () => queue.takeStateRequests().map(({ id }) => id);
    save(0, 1);
    queue.push(segment(1, 1));
    save(2, 1);
    queue.push(segment(3, 1));
    queue.push(segment(4, 2));
    expect(states()).toEqual([0]);
    expect(take(queue, 8)).toEqual([1, 4]);
    expect(states()).toEqual([2]);
    expect(states()).toEqual([]);
    expect(take(queue, 8)).toEqual([3]);
    expect(queue.length).toBe(0);
  });
});
