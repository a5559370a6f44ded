import type { Modality, PacketsDecoded } from '../../core/media.js';

const WINDOW_MS = 60_000;

/** A window of reports that come once a second. */
const MAX_REPORTS = 60;

interface DatedReport {
  readonly atMs: number;
  readonly report: PacketsDecoded;
}

/** What share of a stream's packets could be decoded lately. */
export class DecodedShare {
  readonly #nowMs: () => number;
  readonly #reports: DatedReport[] = [];

  /** @param nowMs a clock that nobody sets */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(report: PacketsDecoded): void {
    this.#reports.push({ atMs: this.#nowMs(), report });
    if (this.#reports.length > MAX_REPORTS) this.#reports.shift();
  }

  /** 0 to 1, of the last minute's packets; null where none came. */
  of(modality: Modality): number | null {
    const sinceMs = this.#nowMs() - WINDOW_MS;
    let [packets, whole] = [0, 0];
    for (const { atMs, report } of this.#reports) {
      if (atMs <= sinceMs) continue;
      packets += report[modality].packets;
      whole += report[modality].whole;
    }
    // A decoder hands its last pictures out late.
    return packets === 0 ? null : Math.min(1, whole / packets);
  }

  /** Another connection. */
  reset(): void {
    this.#reports.length = 0;
  }
}
