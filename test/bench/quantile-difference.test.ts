import { describe, expect, it } from 'vitest';
import { quantileDifference, type PairedRound } from '../../src/bench/quantile-difference.js';
import { seededUniform } from '../../src/model/weights/seeded.js';

const NUM_ROUNDS = 30;
const VALUES_A_ROUND = 40;

/** Latencies around 40 ms, and what each round, its condition and its values add. */
function rounds(name: string, addMs: (round: number, isAfter: boolean) => number): PairedRound[] {
  const uniform = seededUniform('quantile-difference', name);
  const values = (round: number, isAfter: boolean): number[] =>
    Array.from({ length: VALUES_A_ROUND }, () => 40 + 10 * uniform() + addMs(round, isAfter));
  return Array.from({ length: NUM_ROUNDS }, (_, round) => ({
    before: values(round, false),
    after: values(round, true),
  }));
}

describe('the difference of two quantiles', () => {
  it('is found where there is one, with an interval that holds it and not zero', () => {
    const { value, low, high } = quantileDifference(
      rounds('shifted', (_, isAfter) => (isAfter ? 8 : 0)),
      0.99,
    );
    expect(value).toBeGreaterThan(7);
    expect(value).toBeLessThan(9);
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThanOrEqual(8);
    expect(high).toBeGreaterThanOrEqual(8);
    expect(high - low).toBeLessThan(2);
  });

  it('has an interval that holds zero where there is none, in about 95 of 100 cases', () => {
    let numHeld = 0;
    for (let k = 0; k < 100; k++) {
      const { low, high } = quantileDifference(
        rounds(`same-${k}`, () => 0),
        0.9,
      );
      if (low <= 0 && high >= 0) numHeld += 1;
    }
    expect(numHeld).toBeGreaterThanOrEqual(88);
    expect(numHeld).toBeLessThan(100);
  });

  it('is no wider for a machine whose speed drifts from round to round, for both conditions alike', () => {
    const drifting = rounds('drifting', (round) => 2 * round);
    const { low, high } = quantileDifference(drifting, 0.5);
    expect(low).toBeLessThanOrEqual(0);
    expect(high).toBeGreaterThanOrEqual(0);
    const unpaired = drifting.map(({ before }, i) => ({
      before,
      after: drifting[(i * 7) % NUM_ROUNDS]!.after,
    }));
    const apart = quantileDifference(unpaired, 0.5);
    expect(high - low).toBeLessThan((apart.high - apart.low) / 2);
  });

  it('counts one slow round as one, however many values it has', () => {
    const { low } = quantileDifference(
      rounds('one slow round', (round, isAfter) => (isAfter && round === 3 ? 100 : 0)),
      0.99,
    );
    // 40 of 1200 values are more than 1 %, but without that round nothing has changed.
    expect(low).toBeLessThan(5);
  });

  it('is the same for the same values, and none of nothing', () => {
    const same = rounds('again', () => 0);
    expect(quantileDifference(same, 0.99)).toEqual(quantileDifference(same, 0.99));
    expect(quantileDifference([], 0.99)).toEqual({ value: NaN, low: NaN, high: NaN });
  });
});
