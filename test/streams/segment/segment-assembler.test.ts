import { describe, expect, it } from 'vitest';
import { segmentStartUs } from '../../../src/core/time-grid.js';
import { MAX_PENDING_SEGMENTS } from '../../../src/streams/segment/segment-assembler.js';
import {
  Bench,
  audio,
  audioOf,
  frame,
  frameOf,
  shownMs,
  timelineStart,
  tracks,
  watermark,
  wholeAudio,
} from './media-events.js';

const both = (): Bench => new Bench().push(tracks('visual', 'audio'), timelineStart());

describe('watermark', () => {
  it('emits a segment when both modalities have passed its end', () => {
    const bench = both().push(frameOf(0), audioOf(0));
    expect(bench.story).toEqual([]);
    bench.push(frameOf(1));
    expect(bench.story).toEqual(['epoch 0 start', '0 va']);
    expect(bench.segments[0]).toMatchObject({ ptsUs: 0, epoch: 0 });
    expect([...bench.segments[0]!.audio!]).toEqual(wholeAudio(0));
  });

  it('believes a watermark before the next picture comes', () => {
    const bench = both().push(frameOf(0), audioOf(0), watermark('visual', segmentStartUs(1)));
    expect(bench.story).toEqual(['epoch 0 start', '0 va']);
  });

  it('does not take an instant before the end for the end', () => {
    const bench = both().push(frameOf(0), audioOf(0), watermark('visual', segmentStartUs(1) - 1));
    bench.push(audio(2667, 2666));
    expect(bench.story).toEqual([]);
  });

  it('waits 250 ms after the first modality, not after its media', () => {
    const bench = both().push(audioOf(0)).pass(249);
    expect(bench.story).toEqual([]);
    bench.pass(1);
    expect(bench.story).toEqual(['epoch 0 start', '0 -a']);
    expect(bench.nowMs).toBe(250);
  });

  it('emits as many segments as are due at once', () => {
    const bench = both().push(audioOf(0, 3)).pass(100).push(audioOf(4)).pass(150);
    expect(bench.story).toEqual(['epoch 0 start', '0 -a', '1 -a', '2 -a', '3 -a']);
    bench.pass(100);
    expect(bench.story.at(-1)).toBe('4 -a');
  });

  it('is when the last media that the segment waited for arrived', () => {
    const bench = both();
    bench.push(audioOf(0, 0, 110), frameOf(0, 95), frameOf(1, 260.5));
    expect(bench.segments[0]!.arrivedAtMs).toBe(260.5);
    bench.push(audioOf(1, 1, 300), audioOf(2, 2, 400), watermark('visual', segmentStartUs(2), 290));
    expect(bench.segments[1]!.arrivedAtMs).toBe(300);
    bench.pass(5000);
    expect(bench.segments[2]!.arrivedAtMs).toBe(400);
  });
});

describe('one modality alone', () => {
  it('audio only never waits for pictures', () => {
    const bench = new Bench().push(tracks('audio'), timelineStart(), audioOf(0, 2));
    expect(bench.story).toEqual(['epoch 0 start', '0 -a', '1 -a', '2 -a']);
    expect(bench.assembler.deadlineMs).toBeNull();
  });

  it('video only never waits for sound', () => {
    const bench = new Bench().push(tracks('visual'), timelineStart(), frameOf(0), frameOf(1), frameOf(2));
    expect(bench.story).toEqual(['epoch 0 start', '0 v-', '1 v-']);
  });

  it('a source that names no tracks has what it has shown', () => {
    const bench = new Bench().push(audioOf(0));
    expect(bench.story).toEqual(['epoch 0 start', '0 -a']);
    bench.push(frameOf(1), audioOf(1));
    expect(bench.story).toHaveLength(2);
    bench.push(frameOf(2));
    expect(bench.story.at(-1)).toBe('1 va');
  });
});

describe('idle', () => {
  it('a modality that is silent for 1 s holds nothing back, and is waited for again when it returns', () => {
    const bench = both().push(frameOf(0), audioOf(0), frameOf(1));
    let k = 1;
    for (; k < 12; k++) bench.pass(166).push(audioOf(k));
    // From the sixth on pictures have been silent for 1 s: nothing waits.
    expect(bench.assembler.numPending).toBe(0);
    expect(bench.segments).toHaveLength(12);
    expect(bench.story.slice(1, 4)).toEqual(['0 va', '1 va', '2 va frame-repeated']);
    expect(bench.story.at(-1)).toBe('11 -a');
    bench.push(frameOf(12), audioOf(12));
    expect(bench.story.at(-1)).toBe('11 -a');
    bench.push(frameOf(13));
    expect(bench.story.at(-1)).toBe('12 va');
  });

  it('counts from the opening for a modality that never speaks', () => {
    const bench = both();
    for (let k = 0; k < 7; k++) bench.push(audioOf(k)).pass(150);
    bench.push(audioOf(7));
    expect(bench.assembler.numPending).toBe(0);
    expect(bench.segments).toHaveLength(8);
  });
});

describe('late media', () => {
  it('is counted and changes nothing', () => {
    const bench = both().push(audioOf(0, 1)).pass(250);
    const before = structuredClone(bench.segments);
    bench.push(frameOf(0), frameOf(1));
    expect(bench.segments).toEqual(before);
    expect(bench.late).toEqual({ visual: 2, audio: 0 });
    bench.push(frameOf(2), frameOf(3)).pass(5000);
    bench.push(audio(8000 - 100, 300));
    // Segment 2 was decided 250 ms after its pictures; of segment 3 nothing is.
    expect(bench.late.audio).toBe(100);
  });

  it('of a segment of which a part is in time loses only the rest', () => {
    const bench = both().push(frameOf(0), frameOf(1)).pass(250);
    expect(bench.story).toEqual(['epoch 0 start', '0 v-']);
    bench.push(audio(2000, 3334), frameOf(2));
    expect(bench.late.audio).toBe(667);
    expect(bench.story.at(-1)).toBe('1 va');
  });

  it('makes a gap late rather than the fault of the source', () => {
    const bench = both()
      .push(watermark('audio', segmentStartUs(2)))
      .pass(300);
    bench.push(audioOf(1), audioOf(2), frameOf(2), frameOf(3));
    expect(bench.story).toEqual(['epoch 0 start', 'gap 0-1 late', '2 va']);
  });

  it('teaches patience: pictures that always trail the sound by 2 s are lost at first only', () => {
    const bench = both();
    for (let k = 0; k < 120; k++) {
      bench.push(audioOf(k));
      if (k >= 12) bench.push(frameOf(k - 12), watermark('visual', segmentStartUs(k - 11)));
      bench.pass(1000 / 6);
    }
    expect(bench.segments.slice(0, 12).every((each) => each.frame === null)).toBe(true);
    expect(bench.segments.length).toBeGreaterThan(100);
    const afterwards = bench.segments.slice(30);
    expect(afterwards.every(({ frame: rgb, flags }) => rgb !== null && flags.length === 0)).toBe(true);
  });
});

describe('pictures', () => {
  const shownIn = (times: readonly number[]): (number | null)[] => {
    const bench = new Bench().push(tracks('visual'), timelineStart());
    return bench
      .push(...times.map((ptsMs) => frame(ptsMs * 1000)))
      .segments.map((each) => shownMs(each.frame));
  };

  it('the one nearest the middle is taken, of two as near the earlier', () => {
    expect(shownIn([0, 80, 120, 160, 240, 260, 350])).toEqual([80, 240]);
  });

  it('at an irregular rate the one on screen is shown again, and marked', () => {
    const bench = new Bench().push(tracks('visual'), timelineStart());
    bench.push(frame(10_000), frame(390_000), frame(840_000));
    expect(bench.segments.map((each) => [shownMs(each.frame), each.flags.length])).toEqual([
      [10, 0],
      [10, 1],
      [390, 0],
      [390, 1],
      [390, 1],
    ]);
  });

  it.each([1, 2, 3, 5])('at %d a second every segment has one', (rateHz) => {
    const times = Array.from({ length: 4 * rateHz + 1 }, (_, i) => (i * 1000) / rateHz);
    const shown = shownIn(times);
    expect(shown).toHaveLength(24);
    expect(shown).not.toContain(null);
  });

  it('stay on screen for 1 s at most', () => {
    const bench = both().push(frame(0), watermark('visual', 10_000_000), audioOf(0, 9));
    expect(bench.segments.map((each) => each.frame !== null)).toEqual([
      ...Array<boolean>(7).fill(true),
      ...Array<boolean>(3).fill(false),
    ]);
  });

  it('shown again are copies: who gets a segment may do with it what he likes', () => {
    const bench = new Bench().push(tracks('visual'), timelineStart(), frame(0), frame(170_000));
    bench.segments[0]!.frame!.fill(255);
    structuredClone(bench.segments[0]!.frame, {
      transfer: [bench.segments[0]!.frame!.buffer as ArrayBuffer],
    });
    bench.push(frame(500_000));
    bench.segments[1]!.frame!.fill(255);
    bench.push(watermark('visual', 700_000));
    expect(bench.segments.map((each) => each.frame!.length)).toEqual([0, 4, 4, 4]);
    expect(shownMs(bench.segments[2]!.frame)).toBe(170);
  });
});

describe('audio', () => {
  it('is cut at exactly 2667, 2667, 2666 samples', () => {
    const bench = new Bench().push(tracks('audio'), timelineStart());
    for (let sample = 0; sample < 16_000; sample += 160) bench.push(audio(sample, 160));
    expect(bench.segments.map((each) => each.audio!.length)).toEqual([2667, 2667, 2666, 2667, 2667, 2666]);
    bench.segments.forEach((each, k) => expect([...each.audio!]).toEqual(wholeAudio(k)));
  });

  it('of which at least half is there is filled up with zeros, and marked', () => {
    const bench = new Bench().push(tracks('audio'), timelineStart(), audio(0, 1334), audio(2667, 2667));
    expect(bench.story).toEqual(['epoch 0 start', '0 -a audio-partial', '1 -a']);
    const first = bench.segments[0]!.audio!;
    expect([first[1333], first[1334], first.length]).toEqual([1334, 0, 2667]);
  });

  it('of which less than half is there is missing', () => {
    const bench = both().push(audio(0, 1333), audioOf(1), frameOf(0), frameOf(1), frameOf(2));
    expect(bench.story).toEqual(['epoch 0 start', '0 v-', '1 va']);
  });
});

describe('gaps and epochs', () => {
  const audioOnly = (): Bench => new Bench().push(tracks('audio'), timelineStart());

  it('one gap tells of all segments that are missing, once the next one is there', () => {
    const bench = audioOnly().push(audioOf(0), watermark('audio', segmentStartUs(3)));
    expect(bench.story).toEqual(['epoch 0 start', '0 -a']);
    bench.push(audioOf(5));
    expect(bench.story).toEqual(['epoch 0 start', '0 -a', 'gap 1-4 source', '5 -a']);
  });

  it('a gap at the beginning is told, too', () => {
    expect(audioOnly().push(audioOf(2)).story).toEqual(['epoch 0 start', 'gap 0-1 source', '2 -a']);
  });

  it('of 121 segments goes on, of 122 starts an epoch', () => {
    expect(audioOnly().push(audioOf(0), audioOf(122)).story.slice(2)).toEqual(['gap 1-121 source', '122 -a']);
    const bench = audioOnly().push(audioOf(0), audioOf(123), audioOf(124));
    expect(bench.story.slice(2)).toEqual(['epoch 1 long-gap', '0 -a', '1 -a']);
  });

  it('after a long gap starts on half a second, so that samples and microseconds stay whole', () => {
    const bench = audioOnly().push(audioOf(0), audioOf(1000), audioOf(1001));
    expect(bench.story.slice(2)).toEqual(['epoch 1 long-gap', 'gap 0-0 source', '1 -a', '2 -a']);
    expect([...bench.segments[1]!.audio!]).toEqual(wholeAudio(1000));
    expect(bench.segments.slice(1).map(({ ptsUs }) => ptsUs)).toEqual([166_667, 333_334]);
  });

  it('a hole of 48 h in a file costs neither time nor memory', () => {
    const bench = new Bench({ watermarkTimeoutMs: null }).push(tracks('visual', 'audio'), timelineStart());
    const far = 6 * 3600 * 48;
    bench.push(frameOf(0), audioOf(0), frameOf(far), frameOf(far + 1), audioOf(1), audioOf(far));
    expect(bench.story).toEqual([
      ...['epoch 0 start', '0 va', '1 va frame-repeated'],
      ...[2, 3, 4, 5, 6].map((k) => `${k} v- frame-repeated`),
      ...['epoch 1 long-gap', '0 va'],
    ]);
  });

  it('a new timeline flushes the old one, and starts an epoch with its first segment', () => {
    const bench = both().push(frameOf(0), audioOf(0), frameOf(1), audioOf(1), audio(5334, 100));
    bench.push(timelineStart('discontinuity'));
    expect(bench.story).toEqual(['epoch 0 start', '0 va', '1 va']);
    bench.push(frameOf(0), audioOf(0), frameOf(1));
    expect(bench.story.slice(3)).toEqual(['epoch 1 discontinuity', '0 va']);
  });

  it('timelines without media make no epochs, and the first one of all is a start', () => {
    const bench = new Bench().push(
      tracks('audio'),
      timelineStart('restart'),
      timelineStart('start'),
      audioOf(0),
    );
    bench.push(
      tracks('audio'),
      timelineStart('start'),
      tracks('audio'),
      timelineStart('restart'),
      audioOf(0),
    );
    expect(bench.story).toEqual(['epoch 0 start', '0 -a', 'epoch 1 restart', '0 -a']);
  });

  it('pictures of an old timeline are not shown in the new one', () => {
    const bench = both().push(frameOf(0), frameOf(1), audioOf(0), timelineStart('discontinuity'));
    bench.push(audioOf(0), watermark('visual', segmentStartUs(1)));
    expect(bench.story.at(-1)).toBe('0 -a');
  });

  it('media that goes far back without a new timeline starts an epoch, and does not stop the stream', () => {
    const bench = audioOnly().push(audioOf(0, 1), audioOf(200, 202), audioOf(10, 11));
    expect(bench.story.slice(-4)).toEqual(['epoch 2 discontinuity', 'gap 0-0 source', '1 -a', '2 -a']);
  });
});

describe('the end', () => {
  it('emits what waits, and a last segment with half of its audio or a picture inside', () => {
    const bench = both().push(frameOf(0), audioOf(0), audioOf(1), audio(5334, 1333), frameOf(3)).end();
    expect(bench.story.slice(1)).toEqual([
      '0 va',
      '1 va frame-repeated',
      '2 va audio-partial frame-repeated',
      '3 v-',
    ]);
  });

  it('leaves out a last segment that holds less', () => {
    const bench = new Bench().push(tracks('audio'), timelineStart(), audioOf(0), audio(2667, 1333)).end();
    expect(bench.story).toEqual(['epoch 0 start', '0 -a']);
  });

  it('comes to nothing without media', () => {
    expect(both().end().story).toEqual([]);
    expect(new Bench().end().story).toEqual([]);
  });
});

describe('media at full speed', () => {
  const file = (): Bench =>
    new Bench({ watermarkTimeoutMs: null }).push(tracks('visual', 'audio'), timelineStart());

  it('is not hurried by the clock', () => {
    const bench = file().push(audioOf(0, 20)).pass(3_600_000);
    expect(bench.assembler.deadlineMs).toBeNull();
    expect(bench.story).toEqual([]);
    for (let k = 0; k <= 21; k++) bench.push(frameOf(k));
    expect(bench.segments).toHaveLength(21);
    expect(bench.segments.every((each) => each.frame && each.audio)).toBe(true);
  });

  it('waits in bounded memory for a track that has ended before the other', () => {
    const bench = file().push(audioOf(0, 5));
    for (let k = 0; k < 1000; k++) {
      bench.push(frameOf(k));
      expect(bench.assembler.numPending).toBeLessThanOrEqual(MAX_PENDING_SEGMENTS);
    }
    bench.end();
    expect(bench.segments).toHaveLength(1000);
    expect(bench.late).toEqual({ visual: 0, audio: 0 });
  });
});

describe('wanted modalities', () => {
  const sound = (): Bench =>
    new Bench({ wanted: ['audio'] }).push(tracks('visual', 'audio'), timelineStart());
  const feed = (bench: Bench, from: number, to: number, withAudio: boolean): void => {
    for (let k = from; k <= to; k++) bench.push(frameOf(k), watermark('visual', segmentStartUs(k + 1)));
    if (withAudio) bench.push(audioOf(from, to));
    else bench.push(watermark('audio', segmentStartUs(to + 1)));
  };

  it('make segments without them a gap, and keep the rest whole', () => {
    const bench = sound();
    feed(bench, 0, 1, true);
    feed(bench, 2, 5, false);
    feed(bench, 6, 7, true);
    expect(bench.story).toEqual(['epoch 0 start', '0 va', '1 va', 'gap 2-5 source', '6 va', '7 va']);
  });

  it('start an epoch where they were missing for longer than the receptive field', () => {
    const bench = sound();
    feed(bench, 0, 0, true);
    feed(bench, 1, 122, false);
    feed(bench, 123, 123, true);
    expect(bench.story).toEqual(['epoch 0 start', '0 va', 'epoch 1 long-gap', '0 va']);
  });
});
