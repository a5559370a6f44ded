import { once } from 'node:events';
import type { Score } from '../../core/score.js';
import { openAtomicFile } from './atomic-file.js';
import type { ScoreEncoder } from './score-writer.js';

/** Where encoded scores go. */
export interface ScoreSink {
  add(score: Score): Promise<void>;
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * A file that appears when it is whole, or standard output where `path` is undefined: which gets nothing before the first
 * score, lest a header alone be taken for a result where there is none.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export async function openScoreSink(path: string | undefined, encoder: ScoreEncoder): Promise<ScoreSink> {
  const file =
    path === undefined
      ? { write: writeToStdout, commit: () => Promise.resolve(), discard: () => Promise.resolve() }
      : await openAtomicFile(path);
  let hasBegun = false;
  const begin = async (): Promise<void> => {
    if (hasBegun) return;
    hasBegun = true;
    await file.write(encoder.begin());
  };
  return {
    async add(score) {
      await begin();
      await file.write(encoder.add(score));
    },
    async commit() {
      await begin();
      await file.write(encoder.end());
      await file.commit();
    },
    discard: () => file.discard(),
  };
}

async function writeToStdout(data: Uint8Array | string): Promise<void> {
  if (data.length > 0 && !process.stdout.write(data)) await once(process.stdout, 'drain');
}
