import type { Extractor } from '../model/extractor.js';
import { loadPack, loadPackExtractor, packModalities } from '../model/index.js';
import { loadAudioExtractor } from '../model/audio/load-audio-extractor.js';
import { createVisualExtractor } from '../model/visual/visual-extractor.js';
import { readSafetensors } from '../model/weights/safetensors.js';
import { writeSafetensors } from '../model/weights/safetensors-writer.js';
import { extractFeatures } from '../server/offline/extract-features.js';
import { embeddingColumn, framesColumn, logMelColumn } from '../server/offline/feature-stages.js';
import type { FeatureStageName } from '../server/offline/feature-stages.js';
import { openFiniteInput, requireEnd } from '../server/offline/open-finite-input.js';
import { startProgress, type Progress } from './progress.js';

/** Flags of `evoked features`. */
export interface FeaturesOptions {
  readonly stage: FeatureStageName;
  readonly pack?: string;
  readonly visualExtractor?: string;
  readonly audioExtractor?: string;
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

/** The pack's extractors, or the named files': with one file given, only that modality. */
async function loadExtractors({
  pack,
  visualExtractor,
  audioExtractor,
}: FeaturesOptions): Promise<Extractor[]> {
  const extractors: Extractor[] = [];
  if (visualExtractor !== undefined)
    extractors.push(await createVisualExtractor((await readSafetensors(visualExtractor)).tensors));
  if (audioExtractor !== undefined) extractors.push(await loadAudioExtractor(audioExtractor));
  if (extractors.length > 0) return extractors;
  const loaded = await loadPack(pack);
  return Promise.all(packModalities(loaded.manifest).map((modality) => loadPackExtractor(loaded, modality)));
}
