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
 * A file that appears when it is whole, or standard output where `path` is undefined.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export async function openScoreSink(path: string | undefined, encoder: ScoreEncoder): Promise<ScoreSink> {
  const file =
    path === undefined
      ? { write: writeToStdout, commit: () => Promise.resolve(), discard: () => Promise.resolve() }
      : await openAtomicFile(path);
  await file.write(encoder.begin());
  return {
    add: (score) => file.write(encoder.add(score)),
    async commit() {
      await file.write(encoder.end());
      await file.commit();
    },
    discard: () => file.discard(),
  };
}

async function writeToStdout(data: Uint8Array | string): Promise<void> {
  if (data.length > 0 && !process.stdout.write(data)) await once(process.stdout, 'drain');
}
