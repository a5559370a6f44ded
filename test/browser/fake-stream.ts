import { randomUUID } from 'node:crypto';
import { LABELS } from '../../src/core/labels.js';
import type { EpochReason, GapReason } from '../../src/core/media.js';
import type {
  PackInfo,
  ScoreMessage,
  ServerMessage,
  StreamInfo,
  StreamState,
} from '../../src/core/protocol.js';
import { RECEPTIVE_FIELD_SEGMENTS, segmentStartUs } from '../../src/core/time-grid.js';
import { mosaicJpeg } from './mosaic-jpeg.js';

export const UNTRAINED: PackInfo = {
  name: 'demo',
  version: '0.1.0',
  trained: false,
  trainedOn: 'Nothing: its weights were drawn from seed 1, so that the whole path can be run and measured.',
};

export const TRAINED: PackInfo = {
  name: 'eev-paper',
  version: '1.2.0',
  trained: true,
  trainedOn: 'EEV (2,971 public videos with viewer reactions); M_rho 0.055 on its private test set.',
};

export const SYNTHETIC: PackInfo = {
  name: 'demo',
  version: '0.2.0',
  trained: true,
  trainedOn: 'Synthetic films that evoked makes itself: it knows their design, not people.',
};

type Listener = (message: ServerMessage) => void;

/** One simulated stream: smooth scores with moments of change, made from the stream's own clock. */
export class FakeStream {
  readonly id: string;
  /** Null for a stream that is pushed into. */
  readonly url: string | null;
  pack: PackInfo;
  state: StreamState = 'live';
  detail = '';
  hasVideo = true;
  /** Whether it plays a film that says what it is designed to evoke. */
  hasDesign = false;
  epoch = 0;
  nextSeq = 0;
  readonly listeners = new Set<Listener>();
  readonly previewListeners = new Set<(message: Buffer) => void>();
  readonly #session = randomUUID();
  readonly #createdAtMs = Date.now();
  readonly #history: (ServerMessage & { readonly epoch: number })[] = [];
  readonly #dropped = { overload: 0, source: 0, late: 0, failure: 0 };
  #numScores = 0;

  constructor(id: string, url: string | null, pack: PackInfo) {
    this.id = id;
    this.url = url;
    this.pack = pack;
    this.#publish({ type: 'epoch', epoch: 0, reason: 'start' });
  }

  get info(): StreamInfo {
    return {
      id: this.id,
      url: this.url,
      state: this.state,
      code: null,
      detail: this.detail,
      pack: this.pack,
      createdAtMs: this.#createdAtMs,
      epoch: this.epoch,
      nextSeq: this.nextSeq,
      hasVideo: this.hasVideo,
      hasAudio: true,
      subscribers: this.listeners.size,
      numScores: this.#numScores,
      numDropped: { ...this.#dropped },
      decodedShare: { visual: 1, audio: 1 },
      latencyMs: this.#numScores === 0 ? null : 24,
    };
  }

  get hello(): ServerMessage {
    return {
      type: 'hello',
      protocol: 1,
      stream: this.id,
      session: this.#session,
      epoch: this.epoch,
      nextSeq: this.nextSeq,
      oldestSeq: [0, 0],
      labels: LABELS,
      rateHz: 6,
      pack: this.pack,
      state: this.state,
    };
  }

  /** What was published after `since`; nothing without it. */
  after(since: { readonly epoch: number; readonly seq: number } | null): readonly ServerMessage[] {
    if (since === null) return [];
    return this.#history.filter((message) => {
      if (message.epoch !== since.epoch) return message.epoch > since.epoch;
      return message.type === 'score'
        ? message.seq > since.seq
        : message.type === 'gap' && message.toSeq > since.seq;
    });
  }

  /** `count` scores, the last of them captured now. */
  advance(count = 1): void {
    for (let left = count - 1; left >= 0; left--) {
      const seq = this.nextSeq++;
      this.#numScores++;
      const capturedAtMs = Date.now() - (left * 1000) / 6 - 26;
      this.#publish(this.#scoreAt(seq, capturedAtMs));
      if (left > 0 || !this.hasVideo) continue;
      const message = previewMessage(this.epoch, seq, capturedAtMs);
      for (const listener of this.previewListeners) listener(message);
    }
  }

  gap(numSegments: number, reason: GapReason): void {
    const fromSeq = this.nextSeq;
    this.nextSeq += numSegments;
    this.#dropped[reason] += numSegments;
    this.#publish({ type: 'gap', epoch: this.epoch, fromSeq, toSeq: this.nextSeq - 1, reason });
  }

  startEpoch(reason: EpochReason): void {
    this.epoch++;
    this.nextSeq = 0;
    this.#publish({ type: 'epoch', epoch: this.epoch, reason });
  }

  setState(state: StreamState, detail: string): void {
    this.state = state;
    this.detail = detail;
    for (const listener of this.listeners) listener({ type: 'status', state, code: null, detail });
  }

  #scoreAt(seq: number, capturedAtMs: number): ScoreMessage {
    const visual = LABELS.map((_, label) => simulated(label, this.#numScores, 0));
    const audio = LABELS.map((_, label) => simulated(label, this.#numScores, 4));
    const latencyMs = 21 + 6 * Math.abs(Math.sin(seq * 1.7));
    return {
      type: 'score',
      epoch: this.epoch,
      seq,
      ptsUs: segmentStartUs(seq),
      capturedAtMs,
      emittedAtMs: capturedAtMs + latencyMs,
      latencyMs,
      scores: visual.map((value, label) => 0.8 * value + 0.2 * (audio[label] ?? 0)),
      visual,
      audio,
      designed: this.hasDesign ? designed(visual) : null,
      warm: seq + 1 >= RECEPTIVE_FIELD_SEGMENTS,
      flags: [],
    };
  }

  #publish(message: ServerMessage & { readonly epoch: number }): void {
    this.#history.push(message);
    if (this.#history.length > 3600) this.#history.shift();
    for (const listener of this.listeners) listener(message);
  }
}

/** Slow waves, a burst every now and then, and a little noise; the same for the same step. */
function simulated(label: number, step: number, phase: number): number {
  const seconds = step / 6;
  const level = 0.08 + 0.05 * ((label * 7) % 5);
  const wave = Math.sin(seconds / (5 + (label % 4) * 2.3) + label * 1.9 + phase);
  const burst = Math.max(0, Math.sin(seconds / (11 + label) + label * 2.7 + phase)) ** 8;
  const noise = Math.sin(step * 12.9898 + label * 78.233 + phase) * 0.008;
  return level + 0.05 * wave + (0.1 + 0.03 * (label % 6)) * burst + noise;
}

/** Near what is predicted, but calmer and stronger, and within [0, 1]. */
function designed(visual: readonly number[]): number[] {
  return visual.map((value) => Math.min(1, Math.max(0, Math.round(value * 40) / 25 - 0.05)));
}

function previewMessage(epoch: number, seq: number, capturedAtMs: number): Buffer {
  const time = seq / 6;
  const jpeg = mosaicJpeg(60, 34, (column, row) => {
    const glow = Math.exp(-((column - 30 - 18 * Math.sin(time)) ** 2 + (row - 17) ** 2) / 60);
    return [50 + row * 2 + 130 * glow, 150 - column * 0.8, 110 + 60 * glow];
  });
  const header = Buffer.alloc(24);
  header.writeBigInt64LE(BigInt(segmentStartUs(seq)), 0);
  header.writeUInt32LE(epoch, 8);
  header.writeUInt32LE(seq, 12);
  header.writeDoubleLE(capturedAtMs, 16);
  return Buffer.concat([header, jpeg]);
}
