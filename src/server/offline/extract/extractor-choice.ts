import { readFile } from 'node:fs/promises';
import { EvokedError } from '../../../core/errors.js';
import type { Modality } from '../../../core/media.js';
import { loadAudioExtractor } from '../../../model/audio/load-audio-extractor.js';
import { createOnnxAudioExtractor } from '../../../model/audio/onnx-audio-extractor.js';
import type { Extractor } from '../../../model/extractor.js';
import {
  extractorDigest,
  loadPack,
  loadPackExtractor,
  type ModelPack,
  packModalities,
} from '../../../model/index.js';
import { fileSha256 } from '../../../model/pack/durable-files.js';
import { fileExtractorDigest } from '../../../model/pack/extractor-digest.js';
import { createVisualExtractor } from '../../../model/visual/visual-extractor.js';
import { readSafetensors } from '../../../model/weights/safetensors.js';

/** What a user may say about the networks that make features. */
export interface ExtractorWishes {
  /** Name or folder of a pack; left out, the default one. */
  readonly pack?: string;
  /** EfficientNet-B0 weights with timm names (.safetensors). */
  readonly visualExtractor?: string;
  /** ONNX, or the weights of this project's MobileNet (.safetensors). */
  readonly audioExtractor?: string;
}

/** The networks that make features: a pack's, or those of single files. Plain data: it can be sent to a worker thread. */
export type ExtractorChoice =
  | { readonly from: 'pack'; readonly pack: ModelPack }
  | { readonly from: 'files'; readonly files: Readonly<Partial<Record<Modality, string>>> };

/**
 * The named files' networks, and only their modalities; the pack's where no file is named.
 * @throws {EvokedError} ERR_MODEL_PACK
 */
export async function chooseExtractors(wishes: ExtractorWishes): Promise<ExtractorChoice> {
  const { pack, visualExtractor: visual, audioExtractor: audio } = wishes;
  if (visual === undefined && audio === undefined) return { from: 'pack', pack: await loadPack(pack) };
  const files = { ...(visual !== undefined && { visual }), ...(audio !== undefined && { audio }) };
  return { from: 'files', files };
}

/** The modalities that have a network, visual first. */
export function chosenModalities(choice: ExtractorChoice): Modality[] {
  if (choice.from === 'pack') return packModalities(choice.pack.manifest);
  return (['visual', 'audio'] as const).filter((modality) => choice.files[modality] !== undefined);
}

/**
 * Loads the network of one modality into this thread.
 * @throws {EvokedError} ERR_MODEL_PACK, ERR_MODEL_WEIGHTS
 */
export async function loadChosen(choice: ExtractorChoice, modality: Modality): Promise<Extractor> {
  if (choice.from === 'pack') return loadPackExtractor(choice.pack, modality);
  const file = choice.files[modality] ?? '';
  if (modality === 'audio') return loadAudioExtractor(file);
  return createVisualExtractor((await readSafetensors(file)).tensors);
}

/** Hex SHA-256 that identifies the network of each modality that has one: features of equal digests may be mixed. */
export type ExtractorDigests = ReadonlyMap<Modality, string>;

/**
 * The digests of all networks of a choice.
 * @throws {EvokedError} ERR_MODEL_PACK, ERR_MODEL_WEIGHTS
 */
export async function chosenDigests(choice: ExtractorChoice): Promise<ExtractorDigests> {
  const digests = new Map<Modality, string>();
  for (const modality of chosenModalities(choice)) {
    digests.set(modality, await digestOf(choice, modality));
  }
  return digests;
}

async function digestOf(choice: ExtractorChoice, modality: Modality): Promise<string> {
  if (choice.from === 'pack') return extractorDigest(choice.pack, modality);
  const file = choice.files[modality] ?? '';
  if (modality === 'visual') {
    return fileExtractorDigest('efficientnet-b0', 'letterbox-224-imagenet', await sha256Of(file));
  }
  const digest = await sha256Of(file);
  if (file.toLowerCase().endsWith('.safetensors')) {
    return fileExtractorDigest('mobilenet-logmel', 'logmel-96x64', digest);
  }
  // Which of the two inputs a network takes, only the network itself tells.
  const extractor = await createOnnxAudioExtractor(await readFile(file));
  await extractor.release();
  return fileExtractorDigest('onnx', extractor.preprocessing, digest);
}

async function sha256Of(file: string): Promise<string> {
  try {
    return await fileSha256(file);
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what: `weight file ${file} cannot be read`, got, cause });
  }
}
