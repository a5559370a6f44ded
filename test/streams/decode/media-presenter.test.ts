import { expect, test } from 'vitest';
import type { MediaEvent } from '../../../src/core/media.js';
import { MediaPresenter } from '../../../src/streams/decode/media-presenter.js';

function present(live = false): {
  presenter: MediaPresenter<number>;
  events: MediaEvent[];
  released: number[];
  picked: () => [picture: number, ptsUs: number][];
} {
  const events: MediaEvent[] = [];
  const released: number[] = [];
  const presenter = new MediaPresenter<number>(
    { live, originUs: null },
    {
      emit: (event) => events.push(event),
      render: (picture) => ({ rgb: Uint8Array.of(picture), previewJpeg: null }),
      release: (picture) => released.push(picture),
    },
  );
  const picked = (): [number, number][] =>
    events.flatMap((event) =>
      event.type === 'videoFrame' ? [[event.rgb[0]!, event.ptsUs] as [number, number]] : [],
    );
  return { presenter, events, released, picked };
}

const time = (ms: number): { rawPtsUs: number; durationUs: number; arrivedAtMs: number } => ({
  rawPtsUs: ms * 1000,
  durationUs: 40_000,
  arrivedAtMs: 5000 + ms,
});

test('every picture is released once, whether it is used or not', () => {
  const { presenter, released, picked } = present();
  for (let i = 0; i < 50; i++) presenter.presentPicture(i, time(i * 40));
  presenter.end();
  expect([...released].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(picked()).toHaveLength(12);
});

test('a picture is released even where it cannot be rendered', () => {
  const released: number[] = [];
  const presenter = new MediaPresenter<number>(
    { live: false, originUs: null },
    {
      emit: () => undefined,
      render: () => {
        throw new Error('no such pixel format');
      },
      release: (picture) => released.push(picture),
    },
  );
  presenter.presentPicture(7, time(0));
  expect(() => presenter.presentPicture(8, time(120))).toThrow('no such pixel format');
  expect(released).toContain(8);
});

test('the picture that is held when the clock jumps back belongs to the timeline before', () => {
  const { presenter, events, picked } = present();
  presenter.presentPicture(1, time(10_000));
  presenter.presentPicture(2, time(10_040));
  presenter.presentPicture(3, time(2000));
  presenter.presentPicture(4, time(2080));
  presenter.end();
  expect(picked()).toEqual([
    [2, 40_000],
    [4, 80_000],
  ]);
  const kinds = events.flatMap((event) =>
    event.type === 'timeline' ? [event.reason] : event.type === 'videoFrame' ? ['frame'] : [],
  );
  expect(kinds).toEqual(['start', 'frame', 'discontinuity', 'frame']);
});

test('visual watermarks start over with the timeline', () => {
  const { presenter, events } = present();
  for (let i = 0; i < 20; i++) presenter.presentPicture(i, time(i * 40));
  for (let i = 0; i < 20; i++) presenter.presentPicture(i, time(-5000 + i * 40));
  const start = events.findLastIndex((event) => event.type === 'timeline');
  const marks = events.slice(start).flatMap((event) => (event.type === 'watermark' ? [event.ptsUs] : []));
  expect(marks.length).toBeGreaterThan(3);
  expect(marks[0]).toBeLessThan(200_000);
});

test('audio blocks join without a seam although their times are rounded', () => {
  const { presenter, events } = present();
  for (let i = 0; i < 100; i++) {
    presenter.presentSamples(new Float32Array(341), time(Math.round((i * 341) / 16)));
  }
  const starts = events.flatMap((event) => (event.type === 'audioFrame' ? [event.startSample] : []));
  expect(starts).toEqual(Array.from({ length: 100 }, (_, i) => i * 341));
});

test('a block of minutes is cut into messages', () => {
  const { presenter, events } = present();
  presenter.presentSamples(new Float32Array(400_000), time(0));
  const blocks = events.flatMap((event) =>
    event.type === 'audioFrame' ? [[event.startSample, event.samples.length]] : [],
  );
  expect(blocks).toEqual([
    [0, 160_000],
    [160_000, 160_000],
    [320_000, 80_000],
  ]);
  expect(events.at(-1)).toMatchObject({ type: 'watermark', modality: 'audio', ptsUs: 25_000_000 });
});
