import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentAtUs, segmentStartUs } from '../../../src/core/time-grid.js';
import { FramePicker } from '../../../src/streams/timeline/frame-picker.js';

interface Log {
  readonly picked: [ptsUs: number, segment: number][];
  readonly skipped: number[];
}

function recordingPicker(): { picker: FramePicker<number>; log: Log } {
  const log: Log = { picked: [], skipped: [] };
  const picker = new FramePicker<number>({
    onPicked: (frame, ptsUs, segment) => {
      expect(frame).toBe(ptsUs);
      log.picked.push([ptsUs, segment]);
    },
    onSkipped: (frame) => log.skipped.push(frame),
  });
  return { picker, log };
}

function pick(times: readonly number[]): Log {
  const { picker, log } = recordingPicker();
  for (const ptsUs of times) picker.offer(ptsUs, ptsUs);
  picker.flush();
  return log;
}

/** Nearest to the exact middle, the earlier of two; by brute force. */
function expectedPicks(times: readonly number[]): [number, number][] {
  const bySegment = new Map<number, number>();
  const distance = (ptsUs: number, k: number): bigint => {
    const d = 12n * BigInt(ptsUs) - BigInt(2 * k + 1) * 1_000_000n;
    return d < 0n ? -d : d;
  };
  for (const ptsUs of times) {
    const k = segmentAtUs(ptsUs);
    const best = bySegment.get(k);
    if (best === undefined || distance(ptsUs, k) < distance(best, k)) bySegment.set(k, ptsUs);
  }
  return [...bySegment].map(([k, ptsUs]) => [ptsUs, k]);
}

describe('FramePicker', () => {
  it('picks the frame nearest the middle of each segment at 25 fps', () => {
    const times = Array.from({ length: 25 }, (_, i) => i * 40_000);
    expect(pick(times).picked).toEqual([
      [80_000, 0],
      [240_000, 1],
      [400_000, 2],
      [600_000, 3],
      [760_000, 4],
      [920_000, 5],
    ]);
  });

  it('takes the earlier of two that are equally near', () => {
    // The middle of segment 1 is exactly 250 ms.
    expect(pick([240_000, 260_000]).picked).toEqual([[240_000, 1]]);
    expect(pick([239_999, 260_000]).picked).toEqual([[260_000, 1]]);
  });

  it('decides as soon as a frame at or after the middle was seen', () => {
    const { picker, log } = recordingPicker();
    picker.offer(0, 0);
    picker.offer(60_000, 60_000);
    expect(log.picked).toEqual([]);
    expect(picker.decidedUntilUs).toBe(0);
    picker.offer(120_000, 120_000);
    expect(log.picked).toEqual([[60_000, 0]]);
    expect(picker.decidedUntilUs).toBe(segmentStartUs(1));
    expect(picker.canUse(160_000)).toBe(false);
    expect(picker.canUse(166_667)).toBe(true);
  });

  it('decides a segment without a later half when the next segment begins', () => {
    const { picker, log } = recordingPicker();
    picker.offer(10_000, 10_000);
    picker.offer(170_000, 170_000);
    expect(log.picked).toEqual([[10_000, 0]]);
    expect(picker.decidedUntilUs).toBe(segmentStartUs(1));
  });

  it('skips frames that come too late, and starts over after a flush', () => {
    const { picker, log } = recordingPicker();
    picker.offer(400_000, 400_000);
    picker.offer(100_000, 100_000);
    picker.flush();
    picker.offer(90_000, 90_000);
    expect(log.picked).toEqual([
      [400_000, 2],
      [90_000, 0],
    ]);
    expect(log.skipped).toEqual([100_000]);
  });

  it('releases what it holds when it is discarded', () => {
    const { picker, log } = recordingPicker();
    picker.offer(10, 10);
    picker.discard();
    picker.discard();
    expect(log).toEqual({ picked: [], skipped: [10] });
  });

  it('at any frame rate picks what brute force picks, each frame going one way once', () => {
    const times = fc
      .array(fc.integer({ min: 1, max: 700_000 }), { maxLength: 120 })
      .map((steps) => steps.reduce<number[]>((all, step) => [...all, (all.at(-1) ?? 0) + step], []));
    const dense = fc
      .array(fc.integer({ min: 1, max: 60_000 }), { maxLength: 120 })
      .map((steps) => steps.reduce<number[]>((all, step) => [...all, (all.at(-1) ?? 0) + step], []));
    fc.assert(
      fc.property(fc.oneof(times, dense), (sorted) => {
        const { picked, skipped } = pick(sorted);
        expect(picked).toEqual(expectedPicks(sorted));
        expect([...picked.map(([ptsUs]) => ptsUs), ...skipped].toSorted((a, b) => a - b)).toEqual(sorted);
      }),
    );
  });
});
