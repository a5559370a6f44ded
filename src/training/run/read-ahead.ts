import { setImmediate } from 'node:timers/promises';
import type { Modality } from '../../core/media.js';
import type { Dataset } from '../dataset/index.js';
import type { TrainingSequence } from '../sequence.js';

/**
 * Sequences of videos in this order, those that the dataset leaves out left out. While one is worked on the next one is
 * read; no more than these two are held. Lets the event loop turn before each, whatever the work between blocks.
 * @throws {EvokedError} of the dataset
 */
export async function* readAhead(
  dataset: Dataset,
  ids: readonly string[],
  modality: Modality,
): AsyncGenerator<{ readonly sequence: TrainingSequence | null; readonly index: number }> {
  const read = (index: number): Promise<TrainingSequence | null> | null => {
    const id = ids[index];
    if (id === undefined) return null;
    const reading = dataset.readSequence(id, modality);
    reading.catch(() => undefined); // told when its turn comes
    return reading;
  };
  let next = read(0);
  for (let index = 0; next !== null; index++) {
    const sequence = await next;
    next = read(index + 1);
    await setImmediate();
    yield { sequence, index };
  }
}
