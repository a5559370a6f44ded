import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MediaEvent, Modality, SegmentEvent } from '../../../src/core/media.js';
import {
  segmentAtUs,
  segmentNumSamples,
  segmentStartSample,
  segmentStartUs,
} from '../../../src/core/time-grid.js';
import { MAX_PENDING_SEGMENTS } from '../../../src/streams/segment/segment-assembler.js';
import { Bench, audio, frame, shownMs, timelineStart, tracks, watermark } from './media-events.js';

/** One thing that happens to a stream; media goes on from where its modality is on the timeline. */
type Happening =
  | { readonly kind: 'audio'; readonly numSamples: number; readonly lost: boolean }
  | { readonly kind: 'video'; readonly stepUs: number; readonly lost: boolean }
  | { readonly kind: 'audioHole' | 'videoHole'; readonly us: number }
  | { readonly kind: 'watermark'; readonly modality: Modality; readonly aheadUs: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'timeline' }
  | { readonly kind: 'tracks'; readonly modalities: Modality[] };

const modality = fc.constantFrom<Modality>('visual', 'audio');
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('audio' as const),
      numSamples: fc.integer({ min: 1, max: 9000 }),
      lost: rarely,
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      kind: fc.constant('video' as const),
      stepUs: fc.integer({ min: 1, max: 400_000 }),
      lost: rarely,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('audioHole' as const, 'videoHole' as const),
      us: fc.integer({ min: 1, max: 60_000_000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('watermark' as const),
      modality,
      aheadUs: fc.integer({ min: 0, max: 900_000 }),
    }),
  },
  {
    weight: 15,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 600 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'timeline' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('tracks' as const),
      modalities: fc.subarray<Modality>(['visual', 'audio'], { minLength: 1 }),
    }),
  },
);

/** Plays happenings into a bench; every sample tells its position, every picture its millisecond. */
function play(happenings: readonly Happening[], bench: Bench, onEvents: () => void): void {
  let sample = 0;
  let videoUs = 0;
  const push = (...events: MediaEvent[]): void => {
    bench.push(...events);
    onEvents();
  };
  const restart = (...events: MediaEvent[]): void => {
    sample = videoUs = 0;
    push(...events);
  };
  restart(tracks('visual', 'audio'), timelineStart());
  for (const each of happenings) {
    switch (each.kind) {
      case 'audio':
        if (!each.lost) push(audio(sample, each.numSamples, bench.nowMs));
        sample += each.numSamples;
        break;
      case 'video':
        if (!each.lost) push(frame(videoUs, bench.nowMs));
        videoUs += each.stepUs;
        break;
      case 'audioHole':
        sample += Math.round(each.us * 0.016);
        break;
      case 'videoHole':
        videoUs += each.us;
        break;
      case 'watermark':
        if (each.modality === 'visual') push(watermark('visual', (videoUs += each.aheadUs), bench.nowMs));
        else
          push(
            watermark('audio', Math.floor((sample += Math.round(each.aheadUs * 0.016)) / 0.016), bench.nowMs),
          );
        break;
      case 'wait':
        bench.pass(each.ms);
        onEvents();
        break;
      case 'timeline':
        restart(timelineStart('discontinuity'));
        break;
      case 'tracks':
        restart(tracks(...each.modalities), timelineStart('restart'));
        break;
    }
  }
  bench.end();
  onEvents();
}

/** Epochs count up; in each, every seq from 0 to the last is in exactly one Segment or Gap, in order. */
function expectWholeAccount(events: readonly SegmentEvent[]): void {
  let epoch = -1;
  let nextSeq = 0;
  let previous: SegmentEvent['type'] = 'segment';
  for (const event of events) {
    if (event.type === 'epoch') {
      expect(event.epoch).toBe(++epoch);
      expect(event.reason === 'start').toBe(epoch === 0);
      expect(previous).toBe('segment');
      nextSeq = 0;
    } else if (event.type === 'gap') {
      expect([event.epoch, event.fromSeq]).toEqual([epoch, nextSeq]);
      expect(event.toSeq).toBeGreaterThanOrEqual(event.fromSeq);
      // At the very beginning of an epoch there is no state that a long gap could spoil.
      if (event.fromSeq > 0) expect(event.toSeq - event.fromSeq + 1).toBeLessThanOrEqual(121);
      expect(previous).not.toBe('gap');
      nextSeq = event.toSeq + 1;
    } else {
      expect([event.epoch, event.seq]).toEqual([epoch, nextSeq]);
      nextSeq += 1;
    }
    previous = event.type;
  }
  expect(previous).toBe('segment');
}

/** Samples are where their positions say, zeros elsewhere; pictures are of their segment, or marked. */
function expectRightContent(bench: Bench): void {
  /** Segment of the timeline at which each epoch starts, as its media tells. */
  const bases = new Map<number, number>();
  for (const {
    epoch,
    seq,
    timelineIndex,
    ptsUs,
    audio: samples,
    frame: rgb,
    flags,
    arrivedAtMs,
  } of bench.segments) {
    expect(ptsUs).toBe(segmentStartUs(seq));
    expect(samples !== null || rgb !== null).toBe(true);
    expect(arrivedAtMs).toBeGreaterThanOrEqual(0);
    expect(arrivedAtMs).toBeLessThanOrEqual(bench.nowMs);
    expect(flags.includes('frame-repeated') && rgb === null).toBe(false);
    if (samples !== null) {
      expect(samples.length).toBe(segmentNumSamples(seq));
      const first = samples.findIndex((value) => value !== 0);
      const k = Math.floor(((samples[first]! - 1) * 6) / 16_000);
      const base = bases.get(epoch) ?? k - seq;
      bases.set(epoch, base);
      expect(base % 3).toBe(0);
      expect(timelineIndex).toBe(k);
      const numMissing = samples.filter((value) => value === 0).length;
      expect(
        samples.every((value, i) => value === 0 || value === segmentStartSample(base + seq) + i + 1),
      ).toBe(true);
      expect(2 * numMissing).toBeLessThanOrEqual(samples.length);
      expect(flags.includes('audio-partial')).toBe(numMissing > 0);
    }
    const base = bases.get(epoch);
    if (rgb !== null && base !== undefined) {
      const shown = shownMs(rgb)!;
      if (flags.includes('frame-repeated')) {
        expect(shown * 1000).toBeLessThan(segmentStartUs(base + seq));
        expect(segmentStartUs(base + seq) - shown * 1000).toBeLessThan(1_001_000);
      } else {
        // Pictures tell whole milliseconds, so one at the very start of a segment may seem to be before it.
        expect([segmentAtUs(shown * 1000), segmentAtUs(shown * 1000 + 999)]).toContain(base + seq);
      }
    }
  }
}

describe.each([
  ['live', 250],
  ['at full speed', null],
] as const)('whatever happens to media %s', (_, watermarkTimeoutMs) => {
  it('every seq is told once, in order, right, and for good, in bounded memory', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 150 }), (happenings) => {
        const bench = new Bench({ watermarkTimeoutMs });
        const snapshots: SegmentEvent[] = [];
        play(happenings, bench, () => {
          expect(bench.assembler.numPending).toBeLessThanOrEqual(MAX_PENDING_SEGMENTS);
          for (const event of bench.events.slice(snapshots.length)) snapshots.push(structuredClone(event));
        });
        expect(bench.events).toEqual(snapshots);
        if (bench.events.length > 0) expectWholeAccount(bench.events);
        expectRightContent(bench);
      }),
      { numRuns: 150 },
    );
  });

  it('how audio is cut into blocks makes no difference', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(cuts, (blocks) => {
        const bench = new Bench({ watermarkTimeoutMs }).push(tracks('audio'), timelineStart());
        let sample = 0;
        for (const numSamples of blocks) {
          bench.push(audio(sample, numSamples));
          sample += numSamples;
        }
        bench.end();
        const heard = bench.segments.flatMap((each) => [...each.audio!]);
        expect(bench.events.filter((event) => event.type === 'gap')).toEqual([]);
        expect(heard.every((value, i) => value === (i < sample ? i + 1 : 0))).toBe(true);
        expect(Math.abs(heard.length - sample)).toBeLessThanOrEqual(2667 / 2);
      }),
      { numRuns: 60 },
    );
  });
});
