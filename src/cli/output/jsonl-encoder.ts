import { LABELS } from '../../core/labels.js';
import type { ScoreEncoder, ScoreFileHeader } from './score-writer.js';

/** One JSON object a line, with both towers and the flags; no wall-clock times, so that equal input gives equal bytes. */
export function createJsonlEncoder({ videoId, pack }: ScoreFileHeader): ScoreEncoder {
  const { name, version, trained } = pack;
  return {
    begin: () => '',
    add: ({ epoch, seq, ptsUs, scores, visual, audio, warm, flags }) =>
      `${JSON.stringify({ id: videoId, pack: { name, version, trained }, epoch, seq, ptsUs, labels: LABELS, scores, visual, audio, warm, flags })}\n`,
    end: () => '',
  };
}
