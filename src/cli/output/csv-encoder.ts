import type { ScoreEncoder, ScoreFileHeader } from './score-writer.js';
import { scoresCsvHeader, scoresCsvRow } from './scores-csv.js';

/**
 * EEV's columns: video id, the timestamp and the 15 expressions. As in EEV's own files the column named
 * "Timestamp (milliseconds)" holds *microseconds*: the start of the segment. The format has no
 * place for the pack.
 */
export function createCsvEncoder({ videoId }: ScoreFileHeader): ScoreEncoder {
  return {
    begin: () => scoresCsvHeader(),
    add: (score) => scoresCsvRow(videoId, score.ptsUs, score.scores),
    end: () => '',
  };
}
