import { describe, expect, it } from 'vitest';
import { NO_RUN, TowerRuns } from '../../../src/model/inference/tower-runs.js';

const MAX_ABSENCE = 121;

describe('runs of towers', () => {
  it('go on over an absence as long as allowed, and no longer, each modality by itself', () => {
    const runs = new TowerRuns(MAX_ABSENCE);
    const step = (modality: 'visual' | 'audio', seq: number) => runs.step(modality, { epoch: 0, seq });
    expect([step('audio', 0), step('visual', 0)]).toEqual([0, 0]);
    expect(step('audio', 1 + MAX_ABSENCE)).toBe(0);
    expect(step('audio', 3 + 2 * MAX_ABSENCE)).toBe(1);
    expect(step('audio', 4 + 2 * MAX_ABSENCE)).toBe(1);
    for (let seq = 1; seq < 500; seq++) expect(step('visual', seq)).toBe(0);
  });

  it('start with an epoch', () => {
    const runs = new TowerRuns(MAX_ABSENCE);
    expect(runs.step('audio', { epoch: 4, seq: 0 })).toBe(0);
    expect(runs.step('audio', { epoch: 5, seq: 0 })).toBe(1);
    expect(runs.step('audio', { epoch: 5, seq: 1 })).toBe(1);
  });

  it('say where a tower is, in its own epoch only', () => {
    const runs = new TowerRuns(MAX_ABSENCE);
    const nowhere = { run: NO_RUN, lastSeq: null };
    expect(runs.at('audio', undefined)).toEqual(nowhere);
    runs.step('audio', { epoch: 4, seq: 7 });
    expect(runs.at('audio', 4)).toEqual({ run: 0, lastSeq: 7 });
    expect(runs.at('audio', 5)).toEqual(nowhere);
    expect(runs.at('visual', 4)).toEqual(nowhere);
  });
});
