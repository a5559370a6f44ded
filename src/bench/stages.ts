import type { BenchRow } from '../core/bench-row.js';

/** Stages that need nothing but this machine, in the order of the data path. */
export const LOCAL_STAGES = [
  'picture',
  'logmel',
  'efficientnet',
  'audio-net',
  'tower',
  'training',
  'memory',
  'score',
  'startup',
] as const;

/** Every stage of `evoked bench`. */
export const BENCH_STAGES = [...LOCAL_STAGES, 'live', 'soak', 'isolation'] as const;

/** One stage of `evoked bench`. */
export type BenchStage = (typeof BENCH_STAGES)[number];
/** A stage that needs no source. */
export type LocalStage = (typeof LOCAL_STAGES)[number];

/** Whether `name` is a stage. */
export function isBenchStage(name: string): name is BenchStage {
  return (BENCH_STAGES as readonly string[]).includes(name);
}

const RUN: Record<LocalStage, () => Promise<BenchRow[]>> = {
  picture: async () => (await import('../streams/bench/picture.js')).run(),
  logmel: async () => (await import('../model/bench/logmel.js')).run(),
  efficientnet: async () => (await import('../model/bench/efficientnet.js')).run(),
  'audio-net': async () => (await import('../model/bench/audio-net.js')).run(),
  tower: async () => (await import('../model/bench/tower.js')).run(),
  training: async () => (await import('../training/bench/training.js')).run(),
  memory: async () => (await import('./decode-memory.js')).benchDecodeMemory(),
  score: async () => (await import('./score-file.js')).benchScoreFile(),
  startup: async () => (await import('./startup.js')).benchStartup(),
};

/** Measures one stage. */
export function runStage(stage: LocalStage): Promise<BenchRow[]> {
  return RUN[stage]();
}
