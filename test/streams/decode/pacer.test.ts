import { describe, expect, test } from 'vitest';
import { Pacer } from '../../../src/streams/decode/pacer.js';

function at(): { clock: { nowMs: () => number }; set: (ms: number) => void } {
  let nowMs = 1000;
  return { clock: { nowMs: () => nowMs }, set: (ms) => (nowMs = ms) };
}

describe('Pacer', () => {
  test('the first media is due at once, what follows when its time has come', () => {
    const { clock, set } = at();
    const pacer = new Pacer(clock);
    expect(pacer.waitMs(500)).toBe(0);
    expect(pacer.waitMs(540)).toBe(40);
    set(1030);
    expect(pacer.waitMs(540)).toBe(10);
    set(1100);
    expect(pacer.waitMs(540)).toBe(0);
  });

  test('a short delay is made up for', () => {
    const { clock, set } = at();
    const pacer = new Pacer(clock);
    pacer.waitMs(0);
    set(1900);
    expect(pacer.waitMs(500)).toBe(0);
    expect(pacer.waitMs(1000)).toBe(100);
  });

  test('a long standstill is not', () => {
    const { clock, set } = at();
    const pacer = new Pacer(clock);
    pacer.waitMs(0);
    set(61_000);
    expect(pacer.waitMs(40)).toBe(0);
    expect(pacer.waitMs(80)).toBe(40);
  });

  test.each([3_600_000, -3_600_000])('a jump of the source by %i ms is no wait', (jumpMs) => {
    const { clock } = at();
    const pacer = new Pacer(clock);
    pacer.waitMs(5_000_000);
    expect(pacer.waitMs(5_000_000 + jumpMs)).toBe(0);
    expect(pacer.waitMs(5_000_000 + jumpMs + 40)).toBe(40);
  });

  test('stops waiting when it is told to', async () => {
    const { clock } = at();
    const pacer = new Pacer(clock);
    pacer.waitMs(0);
    await expect(pacer.pace(900, AbortSignal.abort())).resolves.toBeUndefined();
  });
});
