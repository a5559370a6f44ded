import type { Extractor } from '../model/extractor.js';
import { writeSafetensors } from '../model/weights/safetensors-writer.js';
import {
  chooseExtractors,
  chosenModalities,
  type ExtractorWishes,
  loadChosen,
} from '../server/offline/extract/extractor-choice.js';
import { extractFeatures } from '../server/offline/extract-features.js';
import { embeddingColumn, framesColumn, logMelColumn } from '../server/offline/feature-stages.js';
import type { FeatureStageName } from '../server/offline/feature-stages.js';
import { openFiniteInput, requireEnd } from '../server/offline/open-finite-input.js';
import { startProgress, type Progress } from './progress.js';

/** Flags of `evoked features`. */
export interface FeaturesOptions extends ExtractorWishes {
  readonly stage: FeatureStageName;
  readonly limit?: number;
  readonly out: string;
}

/**
 * `evoked features`.
 * @throws {EvokedError} of the source, the weights or the output file
 */
export async function runFeatures(media: string, options: FeaturesOptions): Promise<void> {
  requireEnd(media, options.limit);
  const extractors = options.stage === 'embedding' ? await loadExtractors(options) : [];
  const columns = { frames: framesColumn, logmel: logMelColumn };
  let progress: Progress | undefined;
  try {
    const { tensors, numRows, numSkipped } = await extractFeatures({
      input: openFiniteInput(media),
      columns: options.stage === 'embedding' ? extractors.map(embeddingColumn) : [columns[options.stage]()],
      limitSeconds: options.limit ?? Infinity,
      onTracks: ({ durationSeconds }) => {
        progress = startProgress(options.stage, options.limit ?? durationSeconds, 's');
      },
      onProgress: (secondsDone) => progress?.update(secondsDone),
    });
    await writeSafetensors(options.out, tensors);
    progress?.stop();
    const skipped = numSkipped === 0 ? '' : ` · ${numSkipped} segments left out, a modality was missing`;
    console.error(`${numRows} rows · ${[...tensors.keys()].join(', ')}${skipped}`);
  } finally {
    progress?.stop();
    await Promise.all(extractors.map((extractor) => extractor.release()));
  }
}

async function loadExtractors(options: FeaturesOptions): Promise<Extractor[]> {
  const choice = await chooseExtractors(options);
  return Promise.all(chosenModalities(choice).map((modality) => loadChosen(choice, modality)));
}
