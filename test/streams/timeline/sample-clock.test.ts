import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SAMPLE_TOLERANCE, SampleClock } from '../../../src/streams/timeline/sample-clock.js';

describe('SampleClock', () => {
  it('lets blocks follow each other without a seam where times are rounded to a millisecond', () => {
    const clock = new SampleClock();
    // AAC frames of 1024 samples at 48 kHz are 21.33 ms; a millisecond clock rounds them.
    let next = 0;
    for (let i = 0; i < 500; i++) {
      const numSamples = i % 3 === 2 ? 342 : 341;
      expect(clock.place(Math.round((i * 64) / 3) * 1000, numSamples)).toEqual({
        startSample: next,
        skip: 0,
      });
      next += numSamples;
    }
    expect(clock.nextSample).toBe(next);
  });

  it('keeps equal times apart', () => {
    const clock = new SampleClock();
    expect([0, 0, 0].map((ptsUs) => clock.place(ptsUs, 160).startSample)).toEqual([0, 160, 320]);
  });

  it('leaves a hole where the time is ahead, and drops what was there where it is behind', () => {
    const clock = new SampleClock();
    clock.place(0, 1600);
    expect(clock.place(500_000, 1600)).toEqual({ startSample: 8000, skip: 0 });
    expect(clock.place(550_000, 1600)).toEqual({ startSample: 9600, skip: 800 });
    expect(clock.place(100_000, 1600)).toEqual({ startSample: 10_400, skip: 1600 });
    clock.reset();
    expect(clock.place(250_000, 10)).toEqual({ startSample: 4000, skip: 0 });
  });

  it('never overlaps, and never strays beyond the tolerance from a time that it was given', () => {
    const block = fc.record({ ptsUs: fc.nat(5_000_000), numSamples: fc.integer({ min: 1, max: 4000 }) });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 50 }), (blocks) => {
        const clock = new SampleClock();
        let end = 0;
        for (const { ptsUs, numSamples } of blocks) {
          const { startSample, skip } = clock.place(ptsUs, numSamples);
          expect(startSample).toBeGreaterThanOrEqual(end);
          expect(skip).toBeLessThanOrEqual(numSamples);
          const wanted = Math.round((ptsUs * 16_000) / 1_000_000);
          if (skip < numSamples) {
            expect(Math.abs(startSample - skip - wanted)).toBeLessThanOrEqual(SAMPLE_TOLERANCE);
          }
          end = startSample + numSamples - skip;
        }
      }),
    );
  });
});
