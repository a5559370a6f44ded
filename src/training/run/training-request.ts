import { basename, resolve } from 'node:path';
import { EvokedError } from '../../core/errors.js';
import { requireSameOptions, requireSameSentence, type RunData, type RunRecord } from './run-record.js';
import {
  optionFlag,
  TRAINING_DEFAULTS,
  type TrainingOptions,
  trainingOptionsSchema,
} from './training-options.js';

/** A run to begin or to go on with. What is left out has its default, or of a run that goes on what it began with. */
export interface TrainingRequest {
  /** Folder of the run. */
  readonly out: string;
  /** Goes on with the run in the folder; begins one where there is none. */
  readonly resume: boolean;
  readonly options: Partial<TrainingOptions>;
  /** EEV's CSV. */
  readonly labels?: string | undefined;
  /** Folder of feature files. */
  readonly features?: string | undefined;
  readonly valLabels?: string | undefined;
  /** Default: `features`. */
  readonly valFeatures?: string | undefined;
  /** One honest sentence on what the data were. */
  readonly trainedOn?: string | undefined;
}

/** A request with nothing left open. */
export type TrainingPlan = Pick<RunRecord, 'options' | 'training' | 'validation' | 'trainedOn'>;

/**
 * What a request asks for.
 * @param saved the record of the run that goes on; null for one that begins
 * @throws {EvokedError} ERR_USAGE where something is missing or out of range; ERR_TRAINING_RESUME where it is not what the
 * run began with
 */
export function planTraining(request: TrainingRequest, saved: RunRecord | null): TrainingPlan {
  if (saved !== null) {
    requireSameOptions(saved, request.options);
    requireSameSentence(saved, request.trainedOn);
  }
  const training = {
    labels: place(request.labels) ?? saved?.training.labels ?? missing('--labels'),
    features: place(request.features) ?? saved?.training.features ?? missing('--features'),
  };
  const valLabels = place(request.valLabels) ?? saved?.validation?.labels;
  const valFeatures = place(request.valFeatures) ?? saved?.validation?.features ?? training.features;
  const validation = valLabels === undefined ? null : { labels: valLabels, features: valFeatures };
  const options = saved?.options ?? completeOptions(request.options, validation);
  return {
    options,
    training,
    validation,
    trainedOn: saved?.trainedOn ?? request.trainedOn ?? unknownSource(training),
  };
}

function completeOptions(given: Partial<TrainingOptions>, validation: RunData | null): TrainingOptions {
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (given.modality === undefined) missing('--modality');
  const parsed = trainingOptionsSchema.safeParse({ ...TRAINING_DEFAULTS, ...stated });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = issue?.path[0] as keyof TrainingOptions;
    const [what, got] = [`${optionFlag(name)} is out of range`, String(given[name])];
    throw new EvokedError('ERR_USAGE', { what, got, expected: issue?.message ?? '' });
  }
  const { keep, swaFrom, epochs } = parsed.data;
  if (keep === 'best' && validation === null) {
    throw new EvokedError('ERR_USAGE', {
      what: '--keep best needs validation videos',
      expected: '--val-labels',
    });
  }
  if (swaFrom !== null && swaFrom > epochs) {
    const [what, expected] = ['--swa-from is after the last epoch', `at most ${epochs}`];
    throw new EvokedError('ERR_USAGE', { what, got: `${swaFrom}`, expected });
  }
  return parsed.data;
}

function unknownSource({ labels }: RunData): string {
  return `The videos annotated in ${basename(labels)}; whoever trained it has not said more.`;
}

function place(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

function missing(flag: string): never {
  throw new EvokedError('ERR_USAGE', { what: `${flag} is missing`, expected: flag });
}
