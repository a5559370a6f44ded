import { ensemble } from '../training/evaluation/index.js';
import { ByteProgress } from './byte-progress.js';
import { interruptible } from './interrupt.js';
import { openAtomicFile } from './output/atomic-file.js';
import { scoresCsvHeader, scoresCsvRow } from './output/scores-csv.js';

/** Flags of `evoked ensemble`. */
export interface EnsembleCommandOptions {
  readonly visual: string;
  readonly audio: string;
  readonly lambda: number;
  readonly submission: boolean;
  readonly out: string;
}

/**
 * `evoked ensemble`.
 * @throws {EvokedError} ERR_FILE_FORMAT of the scores, ERR_FILE_WRITE of the output, ERR_INTERRUPTED
 */
export async function runEnsemble(options: EnsembleCommandOptions): Promise<void> {
  const { visual, audio, lambda, out } = options;
  const file = await openAtomicFile(out);
  const progress = new ByteProgress();
  const onProgress = (...parts: Parameters<ByteProgress['update']>) => progress.update(...parts);
  const count = { videos: 0, rows: 0, visualOnly: 0, audioOnly: 0 };
  try {
    await file.write(scoresCsvHeader(options.submission ? 'Video ID' : 'YouTube ID'));
    await interruptible(async (signal) => {
      for await (const video of ensemble({ visual, audio, lambda, onProgress })) {
        signal.throwIfAborted();
        const lines = video.timesUs.map((timeUs, row) => scoresCsvRow(video.id, timeUs, video.scores[row]!));
        await file.write(lines.join(''));
        count.videos += 1;
        count.rows += lines.length;
        count.visualOnly += video.numVisualOnly;
        count.audioOnly += video.numAudioOnly;
      }
    });
    await file.commit();
  } finally {
    progress.stop();
    await file.discard();
  }
  const alone = `${count.visualOnly} visual alone · ${count.audioOnly} audio alone`;
  console.error(`${count.rows} rows of ${count.videos} videos · ${alone}`);
}
