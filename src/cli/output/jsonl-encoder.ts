import { LABELS } from '../../core/labels.js';
import type { ScoreEncoder } from './score-writer.js';

/** One JSON object a line, with both towers and the flags; no wall-clock times, so that equal input gives equal bytes. */
export function createJsonlEncoder(videoId: string): ScoreEncoder {
  return {
    begin: () => '',
    add: ({ epoch, seq, ptsUs, scores, visual, audio, warm, flags }) =>
      `${JSON.stringify({ id: videoId, epoch, seq, ptsUs, labels: LABELS, scores, visual, audio, warm, flags })}\n`,
    end: () => '',
  };
}
