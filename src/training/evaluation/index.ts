/** Scores of files against annotations, and scores of two towers put together. */
export { ensemble, type EnsembleOptions, type EnsembleVideo } from './ensemble.js';
export { evaluate, type Evaluation, type EvaluationOptions } from './evaluate.js';
export type { Figure, Figures, LabelResult } from './figures.js';
export type { VideoResult } from './video-result.js';
