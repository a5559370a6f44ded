// What the bundled pack is trained on, and how.

/** Films whose features the towers are trained on. */
export const TRAINING = { seed: 'train', count: 200, seconds: 60 };

/** Films that training never sees; the share of each modality is chosen on them. */
export const VALIDATION = { seed: 'val', count: 24, seconds: 60 };

/** Films that nothing was chosen on: see measure.js. */
export const TEST = { seed: 'test', count: 50, seconds: 60 };

/** Flags of `evoked train` for both towers: narrower than the paper's, with its blocks, dilations and loss. */
export const TOWERS = [
  ...['--channels', '64', '--hidden', '64', '--dropout', '0.2', '--label-scale', '10'],
  ...['--optimizer', 'adam', '--learning-rate', '0.002', '--lr-decay', 'cosine', '--accumulate', '2'],
  ...['--epochs', '24', '--init', 'he', '--standardize', '--drop-timestamps', '0.2'],
  ...[
    '--trained-on',
    'synthetic films made by a program (evoked films), not people: it knows nothing of viewers',
  ],
];
