import { describe, expect, it } from 'vitest';
import type { MediaEvent } from '../../../src/core/media.js';
import { MediaPresenter } from '../../../src/streams/decode/media-presenter.js';
import { DriftWatch } from '../../../src/streams/timeline/drift-watch.js';
import { Bench, tracks } from '../segment/media-events.js';

const HOURS_8_MS = 8 * 3_600_000;
const FRAME_MS = 120;
const BLOCK_MS = 200;

/** How a source's clocks differ from the time at which things happen; `1 + 2e-4` is 200 ppm fast. */
interface Clocks {
  /** Sound is dated by a clock that runs at this rate. */
  readonly audioTimes?: number;
  /** So many samples as 16000 ones come in a second. */
  readonly audioSamples?: number;
}

interface Course {
  /** Largest distance between the media times of sound and picture of the same moment, in ms. */
  maxSkewMs: number;
  numSegments: number;
  /** Segments without a picture of their own, or without sound. */
  numIncomplete: number;
  numPartial: number;
  numEpochs: number;
}

/** 8 h of a camera whose deliveries take up to 15 ms longer than they need to. */
function watch({ audioTimes = 1, audioSamples = 1 }: Clocks): Course {
  const bench = new Bench();
  const course: Course = { maxSkewMs: 0, numSegments: 0, numIncomplete: 0, numPartial: 0, numEpochs: 0 };
  /** Media time less the moment, in ms, of the newest sound. */
  let soundMs = NaN;
  let happenedMs = 0;
  const emit = (event: MediaEvent): void => {
    if (event.type === 'audioFrame') soundMs = event.startSample / 16 - happenedMs;
    if (event.type === 'videoFrame' && !Number.isNaN(soundMs)) {
      const pictureMs = event.ptsUs / 1000 - Number(new Float64Array(event.rgb.slice().buffer)[0]);
      course.maxSkewMs = Math.max(course.maxSkewMs, Math.abs(soundMs - pictureMs));
    }
    bench.push(event);
  };
  const presenter = new MediaPresenter<number>(
    { live: true, originUs: null },
    {
      emit,
      render: (momentMs) => ({ rgb: new Uint8Array(Float64Array.of(momentMs).buffer), previewJpeg: null }),
      release: () => undefined,
    },
  );
  bench.push(tracks('visual', 'audio'));
  const samples = new Float32Array(3200);
  const blockMs = BLOCK_MS / audioSamples;
  let state = 7;
  const jitterMs = (): number => ((state = (state * 16_807) % 2_147_483_647) / 2_147_483_647) * 15;
  let [frame, block] = [0, 0];
  while (happenedMs < HOURS_8_MS) {
    const isSound = block * blockMs <= frame * FRAME_MS;
    happenedMs = isSound ? block++ * blockMs : frame++ * FRAME_MS;
    const arrivedAtMs = happenedMs + 50 + jitterMs();
    bench.nowMs = arrivedAtMs;
    const time = { durationUs: (isSound ? blockMs : FRAME_MS) * 1000, arrivedAtMs };
    if (isSound) presenter.presentSamples(samples, { rawPtsUs: happenedMs * 1000 * audioTimes, ...time });
    else presenter.presentPicture(happenedMs, { rawPtsUs: happenedMs * 1000, ...time });
    if (bench.events.length < 100) continue;
    count(bench, course);
  }
  count(bench, course);
  return course;
}

function count(bench: Bench, course: Course): void {
  for (const event of bench.events.splice(0)) {
    if (event.type === 'epoch') course.numEpochs += 1;
    if (event.type !== 'segment') continue;
    course.numSegments += 1;
    if (event.frame === null || event.audio === null || event.flags.includes('frame-repeated'))
      course.numIncomplete += 1;
    if (event.flags.includes('audio-partial')) course.numPartial += 1;
  }
}

describe('8 h of a source whose clocks are 200 ppm apart', () => {
  it.each([200, -200])('dates sound %i ppm faster than pictures: they stay together', (ppm) => {
    const course = watch({ audioTimes: 1 + ppm * 1e-6 });
    expect(course.maxSkewMs).toBeLessThan(50);
    expect(course.numIncomplete).toBe(0);
    expect(course.numEpochs).toBe(1);
    expect(course.numSegments / (8 * 3600)).toBeCloseTo(6, 1);
  });

  it.each([200, -200])('counts samples %i ppm faster than it dates them: they are put right', (ppm) => {
    const course = watch({ audioSamples: 1 + ppm * 1e-6 });
    expect(course.maxSkewMs).toBeLessThan(50);
    expect(course.numIncomplete).toBe(0);
    expect(course.numEpochs).toBe(1);
    expect(course.numPartial).toBeLessThan(8 * 30);
  });
});

describe('DriftWatch', () => {
  const minutes = (
    watch: DriftWatch,
    count: number,
    from: number,
    audioUs: (minute: number) => number,
  ): void => {
    for (let i = from * 60; i < (from + count) * 60; i++) {
      watch.note('visual', i * 1e6, i * 1e6);
      watch.note('audio', i * 1e6 + audioUs(i / 60), i * 1e6 + 1);
    }
  };

  it('takes a change of delivery for what it is: the times are believed', () => {
    const watch = new DriftWatch();
    minutes(watch, 10, 0, () => 0);
    // Sound takes 300 ms longer to come from now on, then no longer.
    minutes(watch, 10, 10, () => -300_000);
    minutes(watch, 10, 20, () => 0);
    expect(watch.driftUs).toBe(0);
  });

  it('goes on after a modality was away, and forgets with the timeline', () => {
    const watch = new DriftWatch();
    minutes(watch, 5, 0, (minute) => minute * 12_000);
    for (let i = 300; i < 1200; i++) watch.note('visual', i * 1e6, i * 1e6);
    minutes(watch, 5, 20, (minute) => minute * 12_000);
    expect(watch.driftUs).toBeGreaterThan(-25 * 12_000);
    expect(watch.driftUs).toBeLessThan(-22 * 12_000);
    watch.reset();
    expect(watch.driftUs).toBe(0);
  });
});
