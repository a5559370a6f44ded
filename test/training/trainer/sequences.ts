import { NUM_LABELS } from '../../../src/core/labels.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import type { TrainingSequence } from '../../../src/training/sequence.js';

/** A video of random numbers: embeddings around `offset`, timestamps with a hole of 2 s in the middle. */
export function randomSequence(
  id: string,
  numSteps: number,
  dim: number,
  { offset = 0, scale = 1 } = {},
): TrainingSequence {
  return {
    id,
    modality: 'visual',
    numSteps,
    embeddings: seededFloats(id, 'embeddings', numSteps * dim, scale, offset),
    seconds: Float64Array.from({ length: numSteps }, (_, step) => step / 6 + (step * 2 > numSteps ? 2 : 0)),
    labels: seededFloats(id, 'labels', numSteps * NUM_LABELS, 0.5, 0.5),
  };
}

/** max |a − b|; NaN where the lengths differ. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return NaN;
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

/** max |a|. */
export function largest(a: Float32Array): number {
  return a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
