/** Features + labels → tower weights, and the metric. Knows no network and no camera. */
export { openBackend, type TrainingBackend } from './backend/index.js';
export { type Dataset, type DatasetOptions, type DatasetVideo, openDataset } from './dataset/index.js';
export { ensemble, evaluate, type Evaluation, type EvaluationOptions } from './evaluation/index.js';
export { bootstrapInterval, mRho, pearson, videoCorrelations } from './metric/index.js';
export { evaluateEnsemble, PAPER_ENSEMBLE, PAPER_TABLE, tableText } from './recipe/index.js';
export { renderReport } from './report/index.js';
export {
  type EpochRow,
  runTraining,
  startTraining,
  TRAINING_DEFAULTS,
  type TrainingEvent,
  type TrainingOptions,
  type TrainingRequest,
  type TrainingResult,
} from './run/index.js';
export type { TrainingSequence } from './sequence.js';
export { createTrainer, type Trainer, type TrainerOptions } from './trainer/index.js';
