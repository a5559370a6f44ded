import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LookAhead, type PacketTime } from '../../../src/streams/decode/look-ahead.js';
import { expectedPicks } from '../../fixtures/decode.js';

interface Passed {
  readonly index: number;
  readonly isNeeded: boolean;
}

/** Frames by presentation order, reordered into decoding order: each group's last frame is decoded first. */
function decodingOrder(
  secondsOf: readonly number[],
  groupSize: number,
): { index: number; time: PacketTime }[] {
  const order: number[] = [];
  for (let start = 0; start < secondsOf.length; start += groupSize) {
    const group = secondsOf.map((_, i) => i).slice(start, start + groupSize);
    order.push(...group.slice(-1), ...group.slice(0, -1));
  }
  // As a muxer does: decoding times are the presentation times in order, moved back until no frame is shown before.
  const shift = Math.max(0, ...order.map((index, i) => secondsOf[i]! - secondsOf[index]!));
  return order.map((index, i) => ({
    index,
    time: {
      ptsUs: Math.round(secondsOf[index]! * 1e6),
      dtsUs: Math.round((secondsOf[i]! - shift) * 1e6) - 1,
      isShown: true,
    },
  }));
}

function run(packets: readonly { index: number; time: PacketTime }[]): {
  passed: Passed[];
  mostHeld: number;
} {
  const passed: Passed[] = [];
  const lookAhead = new LookAhead<number>((index, isNeeded) => passed.push({ index, isNeeded }));
  let mostHeld = 0;
  packets.forEach(({ index, time }, i) => {
    lookAhead.push(index, time);
    mostHeld = Math.max(mostHeld, i + 1 - passed.length);
  });
  lookAhead.flush();
  return { passed, mostHeld };
}

describe('LookAhead', () => {
  test('needs every frame that will be picked, in any order and at any rate', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 150 }),
        fc.integer({ min: 1, max: 5 }),
        (stepsMs, groupSize) => {
          let ms = 0;
          const secondsOf = stepsMs.map((step) => (ms += step) / 1000);
          const packets = decodingOrder(secondsOf, groupSize);
          const { passed } = run(packets);
          expect(passed.map(({ index }) => index)).toEqual(packets.map(({ index }) => index));
          const needed = new Set(passed.filter(({ isNeeded }) => isNeeded).map(({ index }) => index));
          for (const [, index] of expectedPicks(secondsOf)) expect(needed).toContain(index);
        },
      ),
    );
  });

  test('at 25 fps with B-frames it needs about one frame a segment, and holds a few', () => {
    const secondsOf = Array.from({ length: 1500 }, (_, i) => i / 25);
    const { passed, mostHeld } = run(decodingOrder(secondsOf, 4));
    expect(passed.filter(({ isNeeded }) => isNeeded).length).toBeLessThan(60 * 6 * 1.4);
    expect(mostHeld).toBeLessThan(16);
  });

  test('a frame that is never shown makes no other one superfluous', () => {
    const { passed } = run([
      { index: 0, time: { ptsUs: 83_333, dtsUs: 0, isShown: false } },
      { index: 1, time: { ptsUs: 120_000, dtsUs: 1, isShown: true } },
      { index: 2, time: { ptsUs: 500_000, dtsUs: 400_000, isShown: true } },
    ]);
    expect(passed).toContainEqual({ index: 1, isNeeded: true });
  });

  test.each<[string, PacketTime]>([
    ['no presentation time', { ptsUs: null, dtsUs: 1_100_000, isShown: true }],
    ['no decoding time', { ptsUs: 1_100_000, dtsUs: null, isShown: true }],
    ['a decoding time that goes back', { ptsUs: 1_100_000, dtsUs: 5, isShown: true }],
    ['a jump back', { ptsUs: 300_000, dtsUs: 1_100_000, isShown: true }],
  ])('%s: everything is needed from there on', (_, odd) => {
    const regular = (index: number): { index: number; time: PacketTime } => {
      const us = index * 20_000;
      return { index, time: { ptsUs: us, dtsUs: us, isShown: true } };
    };
    const before = Array.from({ length: 50 }, (_, i) => regular(i));
    const after = Array.from({ length: 50 }, (_, i) => regular(60 + i));
    const { passed } = run([...before, { index: 50, time: odd }, ...after]);
    expect(passed).toHaveLength(101);
    expect(passed.slice(50).every(({ isNeeded }) => isNeeded)).toBe(true);
    expect(passed.slice(0, 40).some(({ isNeeded }) => !isNeeded)).toBe(true);
  });

  test('never holds more than its bound', () => {
    const packets = Array.from({ length: 1000 }, (_, index) => ({
      index,
      time: { ptsUs: 1_000_000 + index, dtsUs: index, isShown: true },
    }));
    const { passed, mostHeld } = run(packets);
    expect(mostHeld).toBeLessThanOrEqual(129);
    expect(passed).toHaveLength(1000);
  });
});
