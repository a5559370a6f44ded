import {
  segmentMiddleUs,
  segmentStartSample,
  segmentStartUs,
  SAMPLE_RATE_HZ,
  SEGMENT_RATE,
} from '../../core/time-grid.js';
import { createFilm, FILM_HEIGHT, FILM_WIDTH, type FilmPicture } from '../film/film.js';
import { letterboxRgb, planLetterbox } from '../picture/letterbox.js';
import { MediaPresenter } from './media-presenter.js';
import { Pacer } from './pacer.js';
import type { Playback } from './playback.js';
import { PreviewEncoder } from './preview-encoder.js';

const TRACKS = {
  durationSeconds: null,
  video: { codec: 'film', width: FILM_WIDTH, height: FILM_HEIGHT, rateHz: SEGMENT_RATE },
  audio: { codec: 'film', sampleRateHz: SAMPLE_RATE_HZ, channels: 1 },
} as const;

const SEGMENT_US = 1e6 / SEGMENT_RATE;

/**
 * Plays the built-in film until the signal aborts. Its pictures are made for the middle of each segment, the only ones that
 * are used; its sound comes in two halves a segment, when it has been heard.
 */
export async function playFilm(playback: Playback): Promise<void> {
  const { av, spec, options, output, clock, signal } = playback;
  const film = createFilm(spec.target);
  const plan = planLetterbox(FILM_WIDTH, FILM_HEIGHT);
  const preview = new PreviewEncoder(av, options.previewWidth);
  const pacer = options.realTime ? new Pacer(clock) : null;
  const presenter = new MediaPresenter<FilmPicture>(
    { live: false, originUs: 0 },
    {
      emit: (event) => output.send(event),
      render: (picture) => ({
        rgb: letterboxRgb({ data: picture.rgb, stride: picture.width * 3 }, plan),
        previewJpeg: playback.preview() ? encodePreview(playback, preview, picture) : null,
      }),
      release: () => undefined,
    },
  );
  const presentSound = (firstSample: number, endSample: number): void => {
    presenter.presentSamples(film.audio(firstSample, endSample - firstSample), {
      rawPtsUs: (firstSample * 1e6) / SAMPLE_RATE_HZ,
      durationUs: ((endSample - firstSample) * 1e6) / SAMPLE_RATE_HZ,
      arrivedAtMs: clock.nowMs(),
    });
  };

  output.send({ type: 'tracks', tracks: TRACKS });
  await pacer?.pace(0, signal);
  for (let k = 0; !signal.aborted; k++) {
    const middleUs = segmentMiddleUs(k);
    const middleSample = Math.floor((middleUs * SAMPLE_RATE_HZ) / 1e6);
    await pacer?.pace(middleUs / 1000, signal);
    if (signal.aborted) break;
    presentSound(segmentStartSample(k), middleSample);
    const picture = film.frameAt(middleUs / 1e6);
    presenter.presentPicture(picture, {
      rawPtsUs: middleUs,
      durationUs: SEGMENT_US,
      arrivedAtMs: clock.nowMs(),
    });
    await pacer?.pace(segmentStartUs(k + 1) / 1000, signal);
    if (signal.aborted) break;
    presentSound(middleSample, segmentStartSample(k + 1));
    await output.breathe();
  }
  preview.close();
}

function encodePreview({ av }: Playback, encoder: PreviewEncoder, picture: FilmPicture): Uint8Array | null {
  const { width, height, rgb } = picture;
  const frame = av.Frame.fromVideoBuffer(Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength), {
    width,
    height,
    format: av.AV_PIX_FMT_RGB24,
  });
  try {
    return encoder.encode(frame);
  } finally {
    frame.free();
  }
}
