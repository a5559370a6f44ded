import type { ExtractorDigests } from '../server/offline/extract/extractor-choice.js';
import type { ExtractProgress } from './extract-progress.js';

/** How the ids of a file of annotations and the videos that were found go together. */
export interface Unmatched {
  /** Videos that were left out because the file does not name them. */
  readonly idsWithoutLabels: readonly string[];
  readonly idsWithoutVideo: readonly string[];
}

/** What `evoked extract --json` prints. */
export interface ExtractReport {
  readonly numWritten: number;
  /** Features that were there already. */
  readonly numKept: number;
  readonly failed: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  /** With `--labels` only. */
  readonly idsWithoutLabels?: readonly string[];
  readonly idsWithoutVideo?: readonly string[];
  /** Segments without one of the modalities that their file has. */
  readonly numSegmentsLeftOut: number;
  /** Media time that went through the networks. */
  readonly mediaSeconds: number;
  readonly wallSeconds: number;
  readonly timesRealTime: number;
  /** Hex SHA-256 by modality, as in the metadata of the feature files. */
  readonly extractors: Readonly<Record<string, string>>;
}

/** Sums an extraction up. */
export function extractReport(done: {
  readonly progress: ExtractProgress;
  readonly numKept: number;
  readonly unmatched: Unmatched | null;
  readonly wallSeconds: number;
  readonly digests: ExtractorDigests;
}): ExtractReport {
  const { progress, numKept, unmatched, wallSeconds, digests } = done;
  const { numWritten, numSegmentsLeftOut, mediaSeconds } = progress;
  return {
    numWritten,
    numKept,
    failed: progress.failed.map(({ video: { id }, code, message }) => ({ id, code, message })),
    ...unmatched,
    numSegmentsLeftOut,
    mediaSeconds: round(mediaSeconds),
    wallSeconds: round(wallSeconds),
    timesRealTime: round(mediaSeconds / wallSeconds),
    extractors: Object.fromEntries(digests),
  };
}

/** The report in words: a line a video that failed, and one on the whole. */
export function describeReport(report: ExtractReport): string {
  const { numWritten, numKept, failed, idsWithoutLabels = [], idsWithoutVideo = [] } = report;
  const parts = [
    `${numWritten} feature files written`,
    numKept > 0 && `${numKept} kept`,
    failed.length > 0 && `${failed.length} FAILED`,
    idsWithoutLabels.length > 0 && `${idsWithoutLabels.length} videos without labels left out`,
    idsWithoutVideo.length > 0 && `${idsWithoutVideo.length} ids without a video`,
    report.numSegmentsLeftOut > 0 && `${report.numSegmentsLeftOut} segments left out, a modality was missing`,
    `${report.mediaSeconds} s of media in ${report.wallSeconds} s, ${report.timesRealTime}x real time`,
  ];
  const failures = failed.map(({ id, code, message }) => `${code}: ${id}: ${message}`);
  return [...failures, parts.filter((part) => part !== false).join(' · ')].join('\n');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
