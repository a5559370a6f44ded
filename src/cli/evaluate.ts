import { evaluate } from '../training/evaluation/index.js';
import { ByteProgress } from './byte-progress.js';
import { evaluationLines } from './evaluation-report.js';

/** Flags of `evoked evaluate`. */
export interface EvaluateOptions {
  readonly labels: string;
  readonly scores: string;
  readonly seed: number;
  readonly json: boolean;
}

/**
 * `evoked evaluate`.
 * @throws {EvokedError} ERR_FILE_FORMAT of the files
 */
export async function runEvaluate(options: EvaluateOptions): Promise<void> {
  const progress = new ByteProgress();
  try {
    const { labels, scores, seed } = options;
    const onProgress = (...parts: Parameters<ByteProgress['update']>) => progress.update(...parts);
    const evaluation = await evaluate({ labels, scores, seed, onProgress });
    progress.stop();
    if (options.json) console.log(JSON.stringify(evaluation, null, 2));
    else for (const line of evaluationLines(evaluation)) console.log(line);
  } finally {
    progress.stop();
  }
}
