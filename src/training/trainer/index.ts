/** The arithmetic of training a tower: no files, no datasets. */
export { type InputStatistics, inputStatistics, InputStatisticsSum } from './input-statistics.js';
export type {
  Initialisation,
  OptimizerOptions,
  TrainedShape,
  TrainerOptions,
  WeightChoice,
} from './options.js';
export { createTrainer, Trainer } from './trainer.js';
