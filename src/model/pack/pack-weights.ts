import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import { createAudioExtractor } from '../audio/audio-extractor.js';
import { seededAudioWeights } from '../audio/seeded-mobilenet.js';
import type { Extractor } from '../extractor.js';
import type { OrtOptions } from '../onnx/ort-session.js';
import { seededTowerTensors } from '../tower/seeded.js';
import { uniformTowerSpec } from '../tower/spec.js';
import { Tower } from '../tower/tower.js';
import { towerWeights } from '../tower/weights.js';
import { createVisualExtractor } from '../visual/visual-extractor.js';
import { seededEfficientNetWeights } from '../visual/seeded-efficientnet.js';
import { parseSafetensors } from '../weights/safetensors.js';
import type { TensorMap } from '../weights/tensor.js';
import { type ModelPack, packFile, packModality } from './load-pack.js';
import type { WeightSource } from './manifest.js';

/**
 * Loads the extractor of one modality of a pack.
 * @throws {EvokedError} ERR_MODEL_PACK (modality, digest, width), ERR_MODEL_WEIGHTS
 */
export async function loadPackExtractor(
  pack: ModelPack,
  modality: Modality,
  options: OrtOptions = {},
): Promise<Extractor> {
  const source = packModality(pack, modality).extractor;
  const make = modality === 'visual' ? seededEfficientNetWeights : seededAudioWeights;
  const create = modality === 'visual' ? createVisualExtractor : createAudioExtractor;
  const extractor = await create(await weightTensors(pack, source, make), options);
  if (extractor.dim !== source.dim) {
    await extractor.release();
    fail(`${modality}.extractor.dim is wrong`, `${source.dim}`, `${extractor.dim}, as the weights have it`);
  }
  return extractor;
}

/**
 * Loads the tower of one modality of a pack. Its rows are the embedding alone, or the embedding and the timestamp in
 * seconds.
 * @throws {EvokedError} ERR_MODEL_PACK (modality, digest, width), ERR_MODEL_WEIGHTS
 */
export async function loadPackTower(
  pack: ModelPack,
  modality: Modality,
  options: OrtOptions = {},
): Promise<Tower> {
  const { extractor, tower } = packModality(pack, modality);
  const numLabels = pack.manifest.labels.length;
  const spec = uniformTowerSpec({
    numInputs: extractor.dim + 1,
    numLabels,
    ...withoutUndefined(tower.shape),
  });
  const tensors = await weightTensors(pack, tower, (seed) => seededTowerTensors(`${seed}/${modality}`, spec));
  const weights = towerWeights(tensors);
  const { numInputs, numLabels: found } = weights.spec;
  if (numInputs !== extractor.dim && numInputs !== extractor.dim + 1) {
    const expected = `${extractor.dim}, or ${extractor.dim + 1} with the timestamp`;
    fail(`the ${modality} tower does not fit its extractor`, `${numInputs} inputs`, expected);
  }
  if (found !== numLabels) fail(`the ${modality} tower has other labels`, `${found}`, `${numLabels}`);
  return Tower.create(weights, options);
}

async function weightTensors(
  { folder }: ModelPack,
  { file, sha256, seed }: WeightSource,
  make: (seed: string) => TensorMap | Promise<TensorMap>,
): Promise<TensorMap> {
  if (seed !== undefined) return make(seed);
  const path = await packFile(folder, file ?? '');
  const bytes = await readFile(path);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== sha256)
    fail(`${path} is not the file that pack.json names`, `sha256 ${digest}`, sha256 ?? '');
  return parseSafetensors(bytes).tensors;
}

function withoutUndefined<T extends object>(
  shape: T | undefined,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(shape ?? {}).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function fail(what: string, got: string, expected: string): never {
  throw new EvokedError('ERR_MODEL_PACK', { what, got, expected });
}
