/** Segment → Score: packs, extractors, towers, and the worker threads that run them. Knows no network and no camera. */
export { parseWeightFile, readWeightFile, type WeightFile } from './checkpoint/weight-file.js';
export type { WeightFormat } from './checkpoint/weight-format.js';
export { type EnsembleShares, combineScores } from './ensemble.js';
export { createScoringEngine } from './inference/engine.js';
export { MAX_PENDING } from './inference/stream-scorer.js';
export { loadPack, type ModelPack, packInfo, packModalities } from './pack/load-pack.js';
export { extractorDigest } from './pack/extractor-digest.js';
export { bundledPackFolder, packFolder, type ShelvedPack, shelvedPacks } from './pack/pack-shelf.js';
export { type PackCheck, verifyPack } from './pack/verify-pack.js';
export { type ImportedPack, importPack, type PackImport } from './pack/import-pack.js';
export { type PackManifest, packManifestSchema } from './pack/manifest.js';
export { loadPackExtractor, loadPackTower } from './pack/pack-weights.js';
export { type MeasuredInputs, measureStatistics } from './measure-statistics.js';
export type {
  EngineOptions,
  Scorer,
  ScoreResult,
  ScorerOptions,
  ScoringEngine,
  StageTimings,
} from './scoring.js';
export { extractorKey, type FeatureRows, keepRows, readFeatureRows } from './feature-rows.js';
export { type FeatureScores, type FeatureScoring, scoreFeatureFile } from './temporal-file.js';
export { type HeadOptions, type HeadRun, TemporalHead } from './temporal-head.js';
export { receptiveField, type TowerSpec, uniformTowerSpec } from './tower/spec.js';
export type { TowerState } from './tower/state.js';
export { decodeStreamState, type SavedTower, type StreamState } from './tower/state-bytes.js';
export { Tower, type TowerSteps } from './tower/tower.js';
export { towerWeights, type TowerWeights } from './tower/weights.js';
