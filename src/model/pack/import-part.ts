import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import { AUDIO_DIM } from '../audio/mobilenet-layout.js';
import { labelScale } from '../checkpoint/label-scale.js';
import { readWeightFile } from '../checkpoint/weight-file.js';
import { VISUAL_DIM } from '../visual/efficientnet-layout.js';
import type { TensorMap } from '../weights/tensor.js';
import { audioNetworkForm } from './audio-network-form.js';
import { findTowers } from './find-towers.js';
import { headFacts, requireExtractor } from './head-facts.js';
import type { PackImport, PartFiles } from './import-request.js';
import { type ModelPack, packFile } from './load-pack.js';
import type { NamedFile, PackExtractor, PackPart, PackTower, WeightSource } from './manifest.js';
import type { StagedPack } from './staged-pack.js';

/** One modality of a pack that is being made. */
export type ImportedPart = Pick<PackPart, 'extractor' | 'tower'>;

/** EEV's videos are about this long. */
const DEFAULT_MAX_SECONDS = 120;

/** Puts the modalities of a pack together from files and other packs. */
export class PartImporter {
  /** What was assumed, a sentence each. */
  readonly notes: string[] = [];
  readonly #staged: StagedPack;
  readonly #request: PackImport;
  /** What the towers' files, or the packs that they come from, say of their training. */
  readonly #sentences = new Set<string>();

  constructor(staged: StagedPack, request: PackImport) {
    this.#staged = staged;
    this.#request = request;
  }

  /**
   * One modality; undefined where there is neither a tower nor an extractor file for it.
   * @throws {EvokedError} of the files; ERR_USAGE for an extractor without a tower
   */
  async part(modality: Modality, files: PartFiles): Promise<ImportedPart | undefined> {
    const { base, extractorsOf } = this.#request;
    const baseTower = base?.manifest[modality]?.tower;
    if (files.head === undefined && baseTower === undefined) {
      if (files.extractor === undefined) return undefined;
      const expected = `--${modality}-head`;
      throw new EvokedError('ERR_USAGE', { what: `the ${modality} extractor has no tower`, expected });
    }
    const donor = extractorsOf?.manifest[modality]?.extractor === undefined ? base : extractorsOf;
    const extractor =
      files.extractor === undefined
        ? await this.#donatedExtractor(modality, donor)
        : await this.#extractor(modality, files.extractor);
    const tower =
      files.head === undefined
        ? await this.#baseTower(modality, base!)
        : await this.#tower(modality, { ...files, head: files.head }, extractor);
    return { tower, ...(extractor === undefined ? {} : { extractor }) };
  }

  /** What the pack says of its training. */
  trainedOn(): string {
    const stated = this.#request.trainedOn ?? [...this.#sentences].join(' ');
    if (stated !== '') return stated;
    const expected = '--trained-on, or a head that says so itself';
    throw new EvokedError('ERR_USAGE', { what: '--trained-on is missing', expected });
  }

  async #extractor(modality: Modality, path: string): Promise<PackExtractor> {
    const name = `${modality}-extractor`;
    if (modality === 'visual') {
      const packed = await this.#weights(`${name}.safetensors`, path);
      return { kind: 'efficientnet-b0', preprocessing: 'letterbox-224-imagenet', ...packed, dim: VISUAL_DIM };
    }
    const { kind, preprocessing, note } = await audioNetworkForm(path);
    this.notes.push(note);
    if (kind === 'onnx') {
      return { kind, preprocessing, ...(await this.#staged.addCopy(`${name}.onnx`, path)), dim: AUDIO_DIM };
    }
    return { kind, preprocessing, ...(await this.#weights(`${name}.safetensors`, path)), dim: AUDIO_DIM };
  }

  /** Safetensors are copied as they are, everything else is converted. */
  async #weights(name: string, path: string): Promise<NamedFile> {
    const { format, tensors } = await readWeightFile(path);
    return format === 'safetensors'
      ? this.#staged.addCopy(name, path)
      : this.#staged.addTensors(name, tensors);
  }

  async #donatedExtractor(
    modality: Modality,
    donor: ModelPack | undefined,
  ): Promise<PackExtractor | undefined> {
    const part = donor?.manifest[modality]?.extractor;
    if (donor === undefined || part === undefined) return undefined;
    const name = `${modality}-extractor`;
    if (part.seed === undefined) return { ...part, ...(await this.#copied(donor, name, part)) };
    if (part.statistics === undefined) return part;
    return { ...part, statistics: await this.#copied(donor, `${modality}-statistics`, part.statistics) };
  }

  async #baseTower(modality: Modality, base: ModelPack): Promise<PackTower> {
    const tower = base.manifest[modality]!.tower;
    this.#sentences.add(base.manifest.trainedOn);
    if (tower.seed !== undefined) return tower;
    return { ...tower, ...(await this.#copied(base, `${modality}-tower`, tower)) };
  }

  async #tower(
    modality: Modality,
    { head, scale: given }: PartFiles & Required<Pick<PartFiles, 'head'>>,
    extractor: PackExtractor | undefined,
  ): Promise<PackTower> {
    const { name, weights } =
      typeof head === 'string' ? { name: head, weights: await readWeightFile(head) } : head!;
    const tensors = towerTensors(name, weights.tensors, modality);
    const facts = headFacts(name, weights.metadata);
    requireExtractor(name, facts, extractor);
    const { scale, isAssumed } = labelScale(name, weights, given);
    if (isAssumed) {
      this.notes.push(
        `${modality} scores are divided by ${scale}, going by the kind of file; --scale changes that`,
      );
    }
    const maxSeconds = this.#request.maxSeconds ?? facts.maxSeconds ?? DEFAULT_MAX_SECONDS;
    if (facts.trainedOn !== null) this.#sentences.add(facts.trainedOn);
    const packed = await this.#staged.addTensors(`${modality}-tower.safetensors`, tensors);
    return { ...packed, scale, position: { maxSeconds, policy: 'clamp' } };
  }

  /** A copy of another pack's file, which must be what that pack says it is. */
  async #copied(
    { folder }: ModelPack,
    name: string,
    { file = '', sha256 = '' }: WeightSource,
  ): Promise<NamedFile> {
    const ending = file.endsWith('.onnx') ? 'onnx' : 'safetensors';
    const source = await packFile(folder, file);
    const packed = await this.#staged.addCopy(`${name}.${ending}`, source);
    if (packed.sha256 === sha256) return packed;
    const what = `${source} is not the file that its pack names`;
    throw new EvokedError('ERR_MODEL_PACK', { what, got: `sha256 ${packed.sha256}`, expected: sha256 });
  }
}

function towerTensors(name: string, tensors: TensorMap, modality: Modality): TensorMap {
  const found = findTowers(tensors);
  const tower = found.find((each) => each.modality === modality);
  if (tower !== undefined) return tower.tensors;
  const dim = modality === 'visual' ? VISUAL_DIM : AUDIO_DIM;
  const got = found.map(({ spec }) => `${spec.numInputs} inputs`).join(', ') || 'no temporal module';
  const expected = `a tower with ${dim} or ${dim + 1} inputs`;
  throw new EvokedError('ERR_MODEL_WEIGHTS', { what: `${name} holds no ${modality} tower`, got, expected });
}
