import { PassLog } from './pass-log.js';

/** Longest wait that is learnt for a modality that always trails the other one, in ms. */
export const MAX_LEARNT_WAIT_MS = 3000;

/** What is left of a learnt wait with every segment that needed less. */
const WAIT_DECAY = 0.99;

/** How far one modality has come, whether it speaks at all, and how far it usually trails the other one. */
export class ModalityProgress {
  readonly passes = new PassLog();
  /** Whether the source has this modality; null while only its media can tell. */
  expected: boolean | null = null;
  #seenAtMs: number | null = null;
  #learntWaitMs = 0;

  /** When the last sign of life came, in ms; null before the first. */
  get seenAtMs(): number | null {
    return this.#seenAtMs;
  }

  /**
   * How much longer than the watermark timeout this modality is waited for. Grows where its media came too late, fades
   * where it did not, so that a source with a constant skew between sound and picture loses neither.
   */
  get learntWaitMs(): number {
    return this.#learntWaitMs;
  }

  /** Whether segments wait for this modality at all. */
  get isKnown(): boolean {
    return this.expected ?? this.#seenAtMs !== null;
  }

  /** Silence counts from now. */
  see(nowMs: number): void {
    this.#seenAtMs = nowMs;
  }

  isIdle(nowMs: number, idleTimeoutMs: number): boolean {
    return this.#seenAtMs !== null && nowMs - this.#seenAtMs >= idleTimeoutMs;
  }

  /** Learns from media that was waited for during `lagMs`, in time or too late. */
  learn(lagMs: number): void {
    this.#learntWaitMs = Math.min(MAX_LEARNT_WAIT_MS, Math.max(lagMs, this.#learntWaitMs * WAIT_DECAY));
  }

  /** Another connection: its tracks decide anew. */
  reconnect(expected: boolean, nowMs: number): void {
    this.expected = expected;
    this.#seenAtMs = expected ? nowMs : null;
    this.#learntWaitMs = 0;
  }
}
