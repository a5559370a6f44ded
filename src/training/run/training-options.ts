import { z } from 'zod';

const count = z.number().int().positive();
const share = z.number().min(0).lt(1);

/** Everything that decides what a training run computes, apart from its data. Defaults: the paper's. */
export const trainingOptionsSchema = z.strictObject({
  modality: z.enum(['visual', 'audio']),
  epochs: count,
  learningRate: z.number().positive(),
  /** `cosine`: from the learning rate in the first epoch towards 0 after the last. */
  lrDecay: z.enum(['none', 'cosine']),
  optimizer: z.enum(['sgd', 'adam']),
  /** Videos whose gradients are summed for one step, each divided by this number. */
  accumulate: count,
  dropout: share,
  /** Whether the timestamp is an input. */
  position: z.boolean(),
  weightNorm: z.boolean(),
  /** What labels are multiplied by; scores are divided by it. */
  labelScale: z.number().positive(),
  channels: count,
  stacks: count,
  levels: count.max(12),
  kernel: count.max(16),
  hidden: count,
  /** First epoch whose weights enter the mean (SWA); null for none. */
  swaFrom: count.nullable(),
  /** Share of each video's steps that is left out at random. */
  dropTimestamps: share,
  /** Inputs are brought to mean 0 and deviation 1; folded into the weights of the tower file. */
  standardize: z.boolean(),
  /** `paper`: normal(0, 0.01); `he`: normal(0, sqrt(2 / inputs)). */
  init: z.enum(['paper', 'he']),
  /** Which epoch's weights the tower file has. */
  keep: z.enum(['last', 'best']),
  seed: z.number().int().nonnegative(),
});

/** What a training run computes, complete. */
export type TrainingOptions = z.output<typeof trainingOptionsSchema>;

/** Everything but the modality: the paper's training at the paper's size. */
export const TRAINING_DEFAULTS = {
  epochs: 20,
  learningRate: 5e-3,
  lrDecay: 'none',
  optimizer: 'sgd',
  accumulate: 32,
  dropout: 0.3,
  position: true,
  weightNorm: false,
  labelScale: 10,
  channels: 512,
  stacks: 2,
  levels: 4,
  kernel: 3,
  hidden: 128,
  swaFrom: null,
  dropTimestamps: 0,
  standardize: false,
  init: 'paper',
  keep: 'last',
  seed: 1,
} as const satisfies Omit<TrainingOptions, 'modality'>;

/** How an option is written on the command line. */
export function optionFlag(name: keyof TrainingOptions): string {
  if (name === 'position') return '--no-position';
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
