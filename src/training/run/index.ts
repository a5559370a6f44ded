/** A training run: its folder, its checkpoint, its epochs. */
export { bestEpoch, type EpochRow, type ValidationRow } from './epoch-row.js';
export type { Split, TrainingEvent, TrainingResult, TrainingStage } from './events.js';
export type { RunData, RunRecord } from './run-record.js';
export { startTraining } from './start-training.js';
export { TRAINING_DEFAULTS, type TrainingOptions } from './training-options.js';
export type { TrainingRequest } from './training-request.js';
export { runTraining } from './training-run.js';
