import { LABELS } from '../../core/labels.js';
import type { ScoreEncoder, ScoreFileHeader } from './score-writer.js';

const SIGNIFICANT_DIGITS = 7;

/**
 * EEV's columns: video id, the timestamp and the 15 expressions. As in EEV's own files the column named
 * "Timestamp (milliseconds)" holds *microseconds*: the start of the segment. The format has no
 * place for the pack.
 */
export function createCsvEncoder({ videoId }: ScoreFileHeader): ScoreEncoder {
  const id = /[",\n\r]/.test(videoId) ? `"${videoId.replaceAll('"', '""')}"` : videoId;
  return {
    begin: () => `YouTube ID,Timestamp (milliseconds),${LABELS.join(',')}\n`,
    add: (score) => `${id},${score.ptsUs},${score.scores.map(formatFloat32).join(',')}\n`,
    end: () => '',
  };
}

function formatFloat32(value: number): string {
  return String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
}
