import { createHash } from 'node:crypto';
import type { Modality } from '../../core/media.js';
import { SEEDED_MOBILENET } from '../audio/seeded-mobilenet.js';
import { SEEDED_EFFICIENTNET } from '../visual/seeded-efficientnet.js';
import { type ModelPack, packModality } from './load-pack.js';
import type { PackExtractor } from './manifest.js';

/** Which making of weights from a seed belongs to a kind of network. */
const CONSTRUCTIONS = {
  'efficientnet-b0': SEEDED_EFFICIENTNET,
  'mobilenet-logmel': SEEDED_MOBILENET,
} as const satisfies Partial<Record<PackExtractor['kind'], string>>;

/**
 * Hex SHA-256 that names what an extractor of a pack computes: its kind and preprocessing, and its file's digest, or its seed,
 * how weights are made from that, and the digest of the statistics. Features of extractors with the same digest may be mixed;
 * a tower is to be run on features of the digest that it was trained on.
 * @throws {EvokedError} ERR_MODEL_PACK where the pack has no such extractor
 */
// eslint-disable-next-line @typescript-eslint/require-await -- refusals come as rejections
export async function extractorDigest(pack: ModelPack, modality: Modality): Promise<string> {
  return partExtractorDigest(packModality(pack, modality).extractor);
}

/** `extractorDigest` of an extractor as a manifest states it. */
export function partExtractorDigest({ kind, preprocessing, ...source }: PackExtractor): string {
  const weights =
    source.seed === undefined || kind === 'onnx'
      ? { sha256: source.sha256 }
      : {
          seed: source.seed,
          construction: CONSTRUCTIONS[kind],
          statistics: source.statistics?.sha256 ?? 'measured on made-up input',
        };
  return digestOf(kind, preprocessing, weights);
}

/** `extractorDigest` of an extractor that is a file on its own: the same as that of a pack with this file. */
export function fileExtractorDigest(
  kind: PackExtractor['kind'],
  preprocessing: PackExtractor['preprocessing'],
  sha256: string,
): string {
  return digestOf(kind, preprocessing, { sha256 });
}

function digestOf(kind: string, preprocessing: string, weights: object): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, preprocessing, weights]))
    .digest('hex');
}
