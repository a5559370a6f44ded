import { LABELS } from '../../core/labels.js';

/** Names of the id's column: that of EEV's train and val files, and that of its test file and of submissions. */
export type IdColumn = 'YouTube ID' | 'Video ID';

const SIGNIFICANT_DIGITS = 7;

/** The header line of EEV's files. The column named "Timestamp (milliseconds)" holds *microseconds*, as in EEV's own. */
export function scoresCsvHeader(idColumn: IdColumn = 'YouTube ID'): string {
  return `${idColumn},Timestamp (milliseconds),${LABELS.join(',')}\n`;
}

/** One line: the start of a segment in microseconds, and its 15 scores with the digits of a float32. */
export function scoresCsvRow(videoId: string, timeUs: number, scores: readonly number[]): string {
  const id = /[",\n\r]/.test(videoId) ? `"${videoId.replaceAll('"', '""')}"` : videoId;
  return `${id},${timeUs},${scores.map(formatFloat32).join(',')}\n`;
}

function formatFloat32(value: number): string {
  return String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
}
