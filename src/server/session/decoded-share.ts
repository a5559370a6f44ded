import type { Modality, PacketsDecoded } from '../../core/media.js';

/** A minute of reports that come once a second. */
const NUM_REPORTS = 60;

/** What share of a stream's packets could be decoded lately. */
export class DecodedShare {
  readonly #reports: PacketsDecoded[] = [];

  add(report: PacketsDecoded): void {
    this.#reports.push(report);
    if (this.#reports.length > NUM_REPORTS) this.#reports.shift();
  }

  /** 0 to 1, of the last minute's packets; null where none came. */
  of(modality: Modality): number | null {
    let [packets, whole] = [0, 0];
    for (const report of this.#reports) {
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
