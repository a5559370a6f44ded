/**
 * The 15 evoked expressions, in the order of every score vector, score file and CSV column
 * (EEV dataset, "Evoked Expressions from Videos").
 */
export const LABELS = [
  'amusement',
  'anger',
  'awe',
  'concentration',
  'confusion',
  'contempt',
  'contentment',
  'disappointment',
  'doubt',
  'elation',
  'interest',
  'pain',
  'sadness',
  'surprise',
  'triumph',
] as const;

/** One of the 15 evoked expressions. */
export type Label = (typeof LABELS)[number];

/** Number of values in one score vector. */
export const NUM_LABELS = LABELS.length;
