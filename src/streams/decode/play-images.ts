import type { Frame } from 'node-av/lib';
import { SEGMENT_RATE, segmentMiddleUs } from '../../core/time-grid.js';
import { FrameLetterboxer } from '../picture/frame-letterboxer.js';
import { quarterTurnsOf, turnFrame, turnJpeg } from '../picture/orientation.js';
import { confinePath } from '../policy/confine-path.js';
import { listImages } from '../source/image-folder.js';
import { decodeImage } from './image-decoder.js';
import { MediaPresenter } from './media-presenter.js';
import { Pacer } from './pacer.js';
import type { Playback } from './playback.js';
import { PreviewEncoder } from './preview-encoder.js';

/**
 * Plays a folder of images, one a segment.
 * @throws {EvokedError} ERR_SOURCE_UNREACHABLE, _NO_TRACKS or, naming the file, _NOT_MEDIA
 */
export async function playImages(playback: Playback): Promise<void> {
  const { av, spec, options, output, clock, signal } = playback;
  const paths = await listImages(spec);
  const letterboxer = new FrameLetterboxer(av);
  const preview = new PreviewEncoder(av, options.previewWidth);
  const pacer = options.realTime ? new Pacer(clock) : null;
  const presenter = new MediaPresenter<Frame>(
    { live: false, originUs: 0 },
    {
      emit: (event) => output.send(event),
      render: (picture) => {
        const turns = quarterTurnsOf(picture.getSideData(av.AV_FRAME_DATA_DISPLAYMATRIX));
        const jpeg = playback.preview() ? preview.encode(picture) : null;
        return {
          rgb: turnFrame(letterboxer.letterbox(picture), turns),
          previewJpeg: jpeg === null ? null : turnJpeg(jpeg, turns),
        };
      },
      release: (picture) => picture.free(),
    },
  );
  try {
    for (const [k, path] of paths.entries()) {
      const { policy } = options;
      const picture = await decodeImage(av, policy === null ? path : await confinePath(spec, path, policy));
      if (k === 0) sendTracks(playback, paths.length, picture);
      const rawPtsUs = segmentMiddleUs(k);
      await pacer?.pace(rawPtsUs / 1000, signal);
      presenter.presentPicture(picture, {
        rawPtsUs,
        durationUs: 1e6 / SEGMENT_RATE,
        arrivedAtMs: clock.nowMs(),
      });
      await output.breathe();
      if (signal.aborted) return;
    }
    presenter.end();
  } finally {
    letterboxer.close();
    preview.close();
  }
}

function sendTracks({ output }: Playback, numImages: number, { width, height }: Frame): void {
  const video = { codec: 'images', width, height, rateHz: SEGMENT_RATE };
  output.send({
    type: 'tracks',
    tracks: { durationSeconds: numImages / SEGMENT_RATE, video, audio: null },
  });
}
