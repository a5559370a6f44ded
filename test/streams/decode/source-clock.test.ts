import { describe, expect, test } from 'vitest';
import { SourceClock } from '../../../src/streams/decode/source-clock.js';

const place = (times: readonly (number | null)[]): number[] => {
  const clock = new SourceClock();
  return times.map((timeMs) => clock.place(0, timeMs));
};

describe('SourceClock', () => {
  test('starts at 0 and goes on', () => {
    expect(place([90_000, 90_040, 90_020, 90_080])).toEqual([0, 40, 20, 80]);
  });

  test.each([6000, -6000, 95_443_718])('a jump by %i ms takes no time', (jumpMs) => {
    expect(place([1000, 1040, 1040 + jumpMs, 1080 + jumpMs])).toEqual([0, 40, 40, 80]);
  });

  test('a packet without a time is as new as the newest', () => {
    expect(place([null, 500, 540, null, 580])).toEqual([0, 0, 40, 40, 80]);
  });

  test('tracks keep their distance over a jump that one shows before the other', () => {
    const clock = new SourceClock();
    const placed: [track: number, placedMs: number][] = [];
    for (let ms = 0; ms < 4000; ms += 100) {
      placed.push([0, clock.place(0, 5000 + ms + (ms >= 2000 ? 60_000 : 0))]);
      placed.push([1, clock.place(1, 4700 + ms + (ms >= 2300 ? 60_000 : 0))]);
    }
    for (const track of [0, 1]) {
      const times = placed.filter(([each]) => each === track).map(([, placedMs]) => placedMs);
      times.slice(1).forEach((ms, i) => expect(Math.abs(ms - times[i]! - 100)).toBeLessThanOrEqual(600));
    }
    expect(Math.abs(placed.at(-1)![1] - placed.at(-2)![1])).toBeLessThan(1000);
  });
});
