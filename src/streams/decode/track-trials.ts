import type { AVCodecID } from 'node-av/constants';
import type { Packet } from 'node-av/lib';
import type { Modality } from '../../core/media.js';

/** A track that has sent nothing while another one sent this much media has ended. */
const PROOF_MS = 500;

/** The times of damaged packets may be any. */
const PROOF_PACKETS = 3;

/** Where no times say how much was sent; bounds what is held, too. */
const MAX_PACKETS = 60;

/** A packet of a track that is not decoded yet. */
export interface HeldPacket {
  readonly packet: Packet;
  readonly codecId: AVCodecID;
  /** When it is decoded, in the source's clock; null where that is not known. */
  readonly timeMs: number | null;
  readonly arrivedAtMs: number;
}

interface Trial {
  readonly modality: Modality;
  readonly held: HeldPacket[];
}

/**
 * Tracks that may take the place of the one that is decoded. Their packets are held until it has evidently ended, so that
 * nothing of a true successor is lost: damage makes up tracks of a packet or two, beside the one that goes on.
 */
export class TrackTrials {
  /** By the index of their stream. */
  readonly #trials = new Map<number, Trial>();

  /**
   * The next packet of such a track; ownership passes.
   * @returns once the track has proved itself, all its packets in their order, whose ownership passes; until then null
   */
  hold(modality: Modality, next: HeldPacket): HeldPacket[] | null {
    const { streamIndex } = next.packet;
    if (this.#trials.get(streamIndex)?.held.at(-1)?.codecId !== next.codecId) this.#end(streamIndex);
    const trial = this.#trials.get(streamIndex) ?? { modality, held: [] };
    this.#trials.set(streamIndex, trial);
    const { held } = trial;
    held.push(next);
    if (!isProved(held)) return null;
    this.#trials.delete(streamIndex);
    return held;
  }

  /** The track of this modality that is decoded goes on. */
  reject(modality: Modality): void {
    for (const [index, trial] of this.#trials) if (trial.modality === modality) this.#end(index);
  }

  close(): void {
    for (const index of this.#trials.keys()) this.#end(index);
  }

  #end(index: number): void {
    for (const { packet } of this.#trials.get(index)?.held ?? []) packet.free();
    this.#trials.delete(index);
  }
}

function isProved(held: readonly HeldPacket[]): boolean {
  const firstMs = held[0]?.timeMs ?? null;
  const lastMs = held.at(-1)?.timeMs ?? null;
  const sentMs = firstMs === null || lastMs === null ? 0 : lastMs - firstMs;
  return (held.length >= PROOF_PACKETS && sentMs >= PROOF_MS) || held.length >= MAX_PACKETS;
}
