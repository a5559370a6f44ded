import { describe, expect, it } from 'vitest';
import { Bystander } from '../../src/bench/bystander.js';
import type { ScoreMessage, ServerMessage } from '../../src/core/protocol.js';

const score = (epoch: number, seq: number, latencyMs = 20): ScoreMessage => ({
  ...{ type: 'score', epoch, seq, ptsUs: 0, capturedAtMs: 0, emittedAtMs: 0, latencyMs },
  ...{ scores: [], visual: null, audio: null, warm: false, flags: [], designed: null },
});

function follow(...messages: ServerMessage[]): { bystander: Bystander; latenciesMs: number[] } {
  const latenciesMs: number[] = [];
  const bystander = new Bystander((latencyMs) => latenciesMs.push(latencyMs));
  for (const message of messages) bystander.take(message);
  return { bystander, latenciesMs };
}

describe('a stream that should be left alone', () => {
  it('has missed nothing where each score follows the one before, wherever it was joined', () => {
    const { bystander, latenciesMs } = follow(score(3, 40, 18), score(3, 41, 25), score(3, 42, 19));
    expect(bystander).toMatchObject({ numScores: 3, numMissing: 0, numGaps: 0, numRestarts: 0 });
    expect(latenciesMs).toEqual([18, 25, 19]);
  });

  it('has missed what a gap says, and what nothing says', () => {
    const gap: ServerMessage = { type: 'gap', epoch: 0, fromSeq: 11, toSeq: 13, reason: 'overload' };
    expect(follow(score(0, 10), gap, score(0, 14)).bystander).toMatchObject({ numMissing: 3, numGaps: 1 });
    expect(follow(score(0, 10), score(0, 12)).bystander).toMatchObject({ numMissing: 1, numGaps: 0 });
  });

  it('has been restarted where a new epoch begins, and has missed what that does not begin with', () => {
    const epoch: ServerMessage = { type: 'epoch', epoch: 1, reason: 'restart' };
    expect(follow(score(0, 10), epoch, score(1, 0)).bystander).toMatchObject({
      numRestarts: 1,
      numMissing: 0,
    });
    expect(follow(score(0, 10), epoch, score(1, 2)).bystander).toMatchObject({
      numRestarts: 1,
      numMissing: 2,
    });
    expect(follow(score(0, 10), score(1, 1)).bystander).toMatchObject({ numRestarts: 1, numMissing: 1 });
  });
});
