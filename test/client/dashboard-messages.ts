import { LABELS } from '../../src/core/labels.js';
import type { HelloMessage, ScoreMessage } from '../../src/core/protocol.js';
import { segmentStartUs } from '../../src/core/time-grid.js';

const half = LABELS.map(() => 0.5);

/** A score whose values are all 0.5 and that was made in time, unless told. */
export function scoreMessage(
  epoch: number,
  seq: number,
  overrides: Partial<ScoreMessage> = {},
): ScoreMessage {
  const capturedAtMs = overrides.capturedAtMs ?? (seq * 1000) / 6;
  return {
    type: 'score',
    epoch,
    seq,
    ptsUs: segmentStartUs(seq),
    capturedAtMs,
    emittedAtMs: capturedAtMs + 20,
    latencyMs: 20,
    scores: half,
    visual: half,
    audio: half,
    designed: null,
    warm: false,
    flags: [],
    ...overrides,
  };
}

/** The greeting of a live stream with an untrained pack, unless told. */
export function helloMessage(overrides: Partial<HelloMessage> = {}): HelloMessage {
  return {
    type: 'hello',
    protocol: 1,
    stream: 'film',
    session: 'a',
    epoch: 0,
    nextSeq: 0,
    oldestSeq: null,
    labels: LABELS,
    rateHz: 6,
    pack: { name: 'demo', version: '0.1.0', trainedOn: 'Nothing', trained: false },
    state: 'live',
    ...overrides,
  };
}
