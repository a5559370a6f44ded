import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import { createAudioExtractor } from '../audio/audio-extractor.js';
import { createOnnxAudioExtractor } from '../audio/onnx-audio-extractor.js';
import { seededAudioWeights } from '../audio/seeded-mobilenet.js';
import type { Extractor } from '../extractor.js';
import type { OrtOptions } from '../onnx/ort-session.js';
import { seededTowerWeights } from '../tower/seeded.js';
import { uniformTowerSpec } from '../tower/spec.js';
import { Tower } from '../tower/tower.js';
import { towerWeights, type TowerWeights } from '../tower/weights.js';
import { AUDIO_DIM } from '../audio/mobilenet-layout.js';
import { VISUAL_DIM } from '../visual/efficientnet-layout.js';
import { createVisualExtractor } from '../visual/visual-extractor.js';
import { seededEfficientNetWeights } from '../visual/seeded-efficientnet.js';
import { parseSafetensors } from '../weights/safetensors.js';
import type { TensorMap } from '../weights/tensor.js';
import { type ModelPack, packFile, packModality } from './load-pack.js';
import type { PackModality, PackTower, WeightSource } from './manifest.js';

/** Widths of the method's extractors, for a tower whose extractor is still missing. */
const EMBEDDING_DIMS: Readonly<Record<Modality, number>> = { visual: VISUAL_DIM, audio: AUDIO_DIM };

/**
 * Loads the extractor of one modality of a pack.
 * @throws {EvokedError} ERR_MODEL_PACK (modality, digest, width, preprocessing), ERR_MODEL_WEIGHTS
 */
export async function loadPackExtractor(
  pack: ModelPack,
  modality: Modality,
  options: OrtOptions = {},
): Promise<Extractor> {
  const source = packModality(pack, modality).extractor;
  const extractor = await createExtractor(pack, source, options);
  if (extractor.dim !== source.dim) {
    await extractor.release();
    fail(`${modality}.extractor.dim is wrong`, `${source.dim}`, `${extractor.dim}, as the weights have it`);
  }
  return extractor;
}

async function createExtractor(
  pack: ModelPack,
  source: PackModality['extractor'],
  options: OrtOptions,
): Promise<Extractor> {
  const tensors = async (seeded: SeededWeights): Promise<TensorMap> =>
    source.seed === undefined ? fileTensors(pack, source) : seededTensors(pack, source, seeded);
  switch (source.kind) {
    case 'efficientnet-b0':
      return createVisualExtractor(await tensors(seededEfficientNetWeights), options);
    case 'mobilenet-logmel':
      return createAudioExtractor(await tensors(seededAudioWeights), options);
    case 'onnx': {
      const extractor = await createOnnxAudioExtractor(await fileBytes(pack, source), options);
      const found = extractor.preprocessing;
      if (found === source.preprocessing) return extractor;
      await extractor.release();
      return fail(
        'audio.extractor.preprocessing is wrong',
        source.preprocessing,
        `${found}, as the file has it`,
      );
    }
  }
}

type SeededWeights = (seed: string, statistics?: TensorMap) => Promise<TensorMap>;

/**
 * Weights are made anew at every start: reading them back from a file and taking its digest would not be faster (see
 * docs/decisions.md).
 */
async function seededTensors(
  pack: ModelPack,
  { seed = '', statistics }: WeightSource,
  seeded: SeededWeights,
): Promise<TensorMap> {
  if (statistics === undefined) return seeded(seed);
  const measured = await fileTensors(pack, statistics);
  try {
    return await seeded(seed, measured);
  } catch (cause) {
    if (!(cause instanceof EvokedError)) throw cause;
    throw new EvokedError(cause.code, { what: `${statistics.file}: ${cause.message}`, cause });
  }
}

/**
 * Loads the tower of one modality of a pack, whether its extractor is there or not. Its rows are the embedding alone, or the
 * embedding and the timestamp in seconds.
 * @throws {EvokedError} ERR_MODEL_PACK (modality, digest, width), ERR_MODEL_WEIGHTS
 */
export async function loadPackTower(
  pack: ModelPack,
  modality: Modality,
  options: OrtOptions = {},
): Promise<Tower> {
  const part = pack.manifest[modality];
  if (part === undefined) throw new EvokedError('ERR_MODEL_PACK', { what: `pack has no ${modality} tower` });
  const dim = part.extractor?.dim ?? EMBEDDING_DIMS[modality];
  const numLabels = pack.manifest.labels.length;
  const weights = await packTowerWeights(pack, part.tower, { modality, dim });
  const { numInputs, numLabels: found } = weights.spec;
  if (numInputs !== dim && numInputs !== dim + 1) {
    const expected = `${dim}, or ${dim + 1} with the timestamp`;
    fail(`the ${modality} tower does not fit its extractor`, `${numInputs} inputs`, expected);
  }
  if (found !== numLabels) fail(`the ${modality} tower has other labels`, `${found}`, `${numLabels}`);
  return Tower.create(weights, options);
}

async function packTowerWeights(
  pack: ModelPack,
  tower: PackTower,
  { modality, dim }: { readonly modality: Modality; readonly dim: number },
): Promise<TowerWeights> {
  if (tower.seed === undefined) return towerWeights(await fileTensors(pack, tower));
  const shape = { numInputs: dim + 1, numLabels: pack.manifest.labels.length };
  const spec = uniformTowerSpec({ ...shape, ...withoutUndefined(tower.shape) });
  return seededTowerWeights(`${tower.seed}/${modality}`, spec, dim);
}

async function fileTensors(pack: ModelPack, source: WeightSource): Promise<TensorMap> {
  return parseSafetensors(await fileBytes(pack, source)).tensors;
}

/** The bytes of a pack's file, which must be the ones that it was packed with. */
async function fileBytes(
  { folder }: ModelPack,
  { file = '', sha256 = '' }: WeightSource,
): Promise<Uint8Array> {
  const path = await packFile(folder, file);
  const bytes = await readFile(path);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== sha256) fail(`${path} is not the file that pack.json names`, `sha256 ${digest}`, sha256);
  return bytes;
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
