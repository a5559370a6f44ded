import { type Clock, steadyClock, systemClock } from '../../core/clock.js';
import type { Modality } from '../../core/media.js';
import type { PackInfo } from '../../core/protocol.js';
import { type ModelPack, packInfo, packModalities, packModality } from '../pack/load-pack.js';
import type { EngineOptions, Scorer, ScorerOptions, ScoringEngine } from '../scoring.js';
import { Lane } from './lane.js';
import { packDigest } from './pack-digest.js';
import { readPackState } from './pack-state.js';
import { type ScorerPart, StreamScorer } from './stream-scorer.js';

/**
 * Loads a pack into worker threads, all of them at the same time, and resolves when each is ready to score.
 * @throws {EvokedError} ERR_MODEL_PACK, ERR_MODEL_WEIGHTS, ERR_MODEL_WORKER
 */
export async function createScoringEngine(
  pack: ModelPack,
  options: EngineOptions,
  clock: Clock = systemClock,
): Promise<ScoringEngine> {
  const numLanes = { visual: options.visualWorkers, audio: options.audioWorkers };
  const lanes = new Map<Modality, Lane[]>();
  for (const modality of packModalities(pack.manifest)) {
    const make = () => new Lane({ pack, modality }, steadyClock);
    lanes.set(modality, Array.from({ length: numLanes[modality] }, make));
  }
  const engine = new LaneEngine(pack, lanes, clock);
  try {
    await Promise.all([...lanes.values()].flat().map((lane) => lane.ready));
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}

class LaneEngine implements ScoringEngine {
  readonly pack: PackInfo;
  readonly modalities: readonly Modality[];
  readonly #pack: ModelPack;
  readonly #packDigest: string;
  readonly #lanes: ReadonlyMap<Modality, readonly Lane[]>;
  readonly #clock: Clock;
  readonly #scorers = new Set<StreamScorer>();
  #nextStream = 0;

  constructor(pack: ModelPack, lanes: ReadonlyMap<Modality, readonly Lane[]>, clock: Clock) {
    this.pack = packInfo(pack);
    this.modalities = packModalities(pack.manifest);
    this.#pack = pack;
    this.#packDigest = packDigest(pack);
    this.#lanes = lanes;
    this.#clock = clock;
  }

  open({ position, maxAbsenceSegments = Infinity, state }: ScorerOptions): Scorer {
    const restored = state && readPackState(state, this.#packDigest, this.modalities);
    const parts: Partial<Record<Modality, ScorerPart>> = {};
    for (const [modality, lanes] of this.#lanes) {
      const lane = lanes.reduce((best, other) => (other.numStreams < best.numStreams ? other : best));
      lane.numStreams++;
      const { maxSeconds, policy } = packModality(this.#pack, modality).tower.position;
      parts[modality] = { lane, maxSeconds, position: position === 'pack' ? policy : position };
    }
    const scorer = new StreamScorer({
      stream: this.#nextStream++,
      parts,
      packDigest: this.#packDigest,
      maxAbsenceSegments,
      ...(restored === undefined ? {} : { restored }),
      shares: this.#pack.manifest.ensemble,
      clock: this.#clock,
      steadyClock,
      onClose: () => {
        this.#scorers.delete(scorer);
        for (const part of Object.values(parts)) part.lane.numStreams--;
      },
    });
    this.#scorers.add(scorer);
    return scorer;
  }

  queueDepths(): { visual: number; audio: number } {
    return { visual: this.#depth('visual'), audio: this.#depth('audio') };
  }

  async close(): Promise<void> {
    for (const scorer of [...this.#scorers]) scorer.close();
    await Promise.all([...this.#lanes.values()].flat().map((lane) => lane.close()));
  }

  #depth(modality: Modality): number {
    return (this.#lanes.get(modality) ?? []).reduce((total, lane) => total + lane.queueDepth, 0);
  }
}
