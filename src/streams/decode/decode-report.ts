import type { Modality, PacketCounts, PacketsDecoded } from '../../core/media.js';

/** Often enough for a person, and nothing beside the media. */
const REPORT_MS = 1000;

const NONE: PacketCounts = { packets: 0, whole: 0 };

/** Makes of a connection's running counts what came since the last report, once a second. */
export class DecodeReport {
  readonly #counts: () => Readonly<Partial<Record<Modality, PacketCounts>>>;
  readonly #send: (report: PacketsDecoded) => void;
  #told: Readonly<Record<Modality, PacketCounts>> = { visual: NONE, audio: NONE };
  #dueAtMs = -Infinity;

  /** @param counts what each track has counted since the connection began */
  constructor(
    counts: () => Readonly<Partial<Record<Modality, PacketCounts>>>,
    send: (report: PacketsDecoded) => void,
  ) {
    this.#counts = counts;
    this.#send = send;
  }

  /** To be called with every packet. */
  tick(nowMs: number): void {
    if (nowMs >= this.#dueAtMs) this.#tell(nowMs);
  }

  /** Tells what is left. */
  finish(): void {
    this.#tell(Infinity);
  }

  #tell(nowMs: number): void {
    const { visual = NONE, audio = NONE } = this.#counts();
    this.#send({
      type: 'decoded',
      visual: difference(visual, this.#told.visual),
      audio: difference(audio, this.#told.audio),
    });
    this.#told = { visual, audio };
    this.#dueAtMs = nowMs + REPORT_MS;
  }
}

function difference(now: PacketCounts, before: PacketCounts): PacketCounts {
  return { packets: now.packets - before.packets, whole: now.whole - before.whole };
}
