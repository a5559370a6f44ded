import { EvokedError } from '../../core/errors.js';
import { LABELS } from '../../core/labels.js';
import type { Modality } from '../../core/media.js';
import { SEGMENT_RATE } from '../../core/time-grid.js';
import { AUDIO_DIM } from '../audio/mobilenet-layout.js';
import { publishedLabelScale } from '../checkpoint/label-scale.js';
import { readWeightFile, type WeightFile } from '../checkpoint/weight-file.js';
import { VISUAL_DIM } from '../visual/efficientnet-layout.js';
import { audioNetworkForm } from './audio-network-form.js';
import { findTowers } from './find-towers.js';
import { headFacts, requireExtractor } from './head-facts.js';
import { type ModelPack, packFile } from './load-pack.js';
import {
  isMadeUp,
  type PackExtractor,
  type PackManifestInput,
  type PackPart,
  type PackTower,
} from './manifest.js';
import { type PackedFile, StagedPack } from './staged-pack.js';

/** A weight file in memory. */
export interface ReadHead {
  /** For messages. */
  readonly name: string;
  readonly weights: WeightFile;
}

/** Files that become a modality of a pack; what is left out is taken from the base pack. */
export interface PartFiles {
  /** EfficientNet-B0 with timm names, or an audio network (ONNX, or this project's own as safetensors). */
  readonly extractor?: string | undefined;
  /** Tower weights with the authors' names, safetensors or a checkpoint: its path, or what was read already. */
  readonly head?: string | ReadHead | undefined;
  /** What the head's labels were multiplied by; default: the file's own word, else what its names tell. */
  readonly scale?: number | undefined;
}

/** A pack to be made from weight files. */
export interface PackImport {
  /** Folder of packs that it is added to. */
  readonly shelf: string;
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** Default: what the heads say, and the base pack where a tower comes from it. */
  readonly trainedOn?: string | undefined;
  readonly visual: PartFiles;
  readonly audio: PartFiles;
  /** Pack whose parts are used where no file is given. */
  readonly base?: ModelPack | undefined;
  /** Longest time in seconds that training saw; default: the head's own word, else 120. */
  readonly maxSeconds?: number | undefined;
  /** An installed pack of this name gives way. */
  readonly replace: boolean;
}

/** What was made. */
export interface ImportedPack {
  readonly pack: ModelPack;
  /** What was assumed, a sentence each. */
  readonly notes: readonly string[];
}

/** EEV's videos are about this long. */
const DEFAULT_MAX_SECONDS = 120;
/** Share of each modality in a score: equation 5 of the paper. */
const ENSEMBLE = { visual: 0.8, audio: 0.2 };

/**
 * Makes a pack from weight files, tries it out and installs it whole or not at all.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS, ERR_FILE_FORMAT of the files; ERR_MODEL_PACK; ERR_FILE_WRITE; ERR_USAGE where
 *   there is such a pack
 */
export async function importPack(request: PackImport): Promise<ImportedPack> {
  const { base, shelf, name, version, licence } = request;
  const staged = await StagedPack.create(shelf, name);
  try {
    const importer = new PartImporter(staged, request);
    const visual = await importer.part('visual', request.visual);
    const audio = await importer.part('audio', request.audio);
    const parts = [visual, audio].filter((part) => part !== undefined);
    const missing = missingSentence(visual, audio);
    const manifest: PackManifestInput = {
      name,
      version,
      licence,
      trainedOn: importer.trainedOn(),
      trained: !parts.some(isMadeUp),
      labels: [...LABELS],
      rateHz: SEGMENT_RATE,
      ...(visual === undefined ? {} : { visual: visual as PackManifestInput['visual'] }),
      ...(audio === undefined ? {} : { audio: audio as PackManifestInput['audio'] }),
      ...(missing === undefined ? {} : { missing }),
      ensemble: base?.manifest.ensemble ?? ENSEMBLE,
    };
    return { pack: await staged.install(manifest, request), notes: importer.notes };
  } finally {
    await staged.discard();
  }
}

class PartImporter {
  readonly notes: string[] = [];
  readonly #staged: StagedPack;
  readonly #request: PackImport;
  /** What the towers' files, or the packs that they come from, say of their training. */
  readonly #sentences = new Set<string>();

  constructor(staged: StagedPack, request: PackImport) {
    this.#staged = staged;
    this.#request = request;
  }

  async part(
    modality: Modality,
    files: PartFiles,
  ): Promise<Pick<PackPart, 'extractor' | 'tower'> | undefined> {
    const base = this.#request.base?.manifest[modality];
    const extractor = await this.#extractor(modality, files, base?.extractor);
    const tower = await this.#tower(modality, files, base?.tower, extractor);
    if (tower !== undefined) return { tower, ...(extractor === undefined ? {} : { extractor }) };
    if (extractor === undefined) return undefined;
    throw new EvokedError('ERR_USAGE', {
      what: `the ${modality} extractor has no tower`,
      expected: `--${modality}-head`,
    });
  }

  /** What the pack says of its training. */
  trainedOn(): string {
    const stated = this.#request.trainedOn ?? [...this.#sentences].join(' ');
    if (stated !== '') return stated;
    const expected = '--trained-on, or a head that says so itself';
    throw new EvokedError('ERR_USAGE', { what: '--trained-on is missing', expected });
  }

  async #extractor(
    modality: Modality,
    { extractor: path }: PartFiles,
    base: PackExtractor | undefined,
  ): Promise<PackExtractor | undefined> {
    const name = `${modality}-extractor`;
    if (path === undefined) return base === undefined ? undefined : this.#fromBase(name, base);
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
  async #weights(name: string, path: string): Promise<PackedFile> {
    const { format, tensors } = await readWeightFile(path);
    return format === 'safetensors'
      ? this.#staged.addCopy(name, path)
      : this.#staged.addTensors(name, tensors);
  }

  async #tower(
    modality: Modality,
    { head, scale: given }: PartFiles,
    base: PackTower | undefined,
    extractor: PackExtractor | undefined,
  ): Promise<PackTower | undefined> {
    const name = `${modality}-tower`;
    if (head === undefined) {
      if (base === undefined) return undefined;
      this.#sentences.add(this.#request.base!.manifest.trainedOn);
      return this.#fromBase(name, base);
    }
    const label = typeof head === 'string' ? head : head.name;
    const { tensors, metadata } = typeof head === 'string' ? await readWeightFile(head) : head.weights;
    const found = findTowers(tensors);
    const tower = found.find((each) => each.modality === modality);
    if (tower === undefined) {
      const dim = modality === 'visual' ? VISUAL_DIM : AUDIO_DIM;
      const got = found.map(({ spec }) => `${spec.numInputs} inputs`).join(', ') || 'no temporal module';
      const expected = `a tower with ${dim} or ${dim + 1} inputs`;
      throw new EvokedError('ERR_MODEL_WEIGHTS', {
        what: `${label} holds no ${modality} tower`,
        got,
        expected,
      });
    }
    const facts = headFacts(label, metadata);
    requireExtractor(label, facts, extractor);
    const scale = given ?? facts.scale ?? publishedLabelScale(tensors) ?? 1;
    if (given === undefined && facts.scale === null) {
      this.notes.push(
        `${modality} scores are divided by ${scale}, going by the names of its tensors; --scale changes that`,
      );
    }
    const maxSeconds = this.#request.maxSeconds ?? facts.maxSeconds ?? DEFAULT_MAX_SECONDS;
    const position = { maxSeconds, policy: 'clamp' as const };
    if (facts.trainedOn !== null) this.#sentences.add(facts.trainedOn);
    const packed = await this.#staged.addTensors(`${name}.safetensors`, tower.tensors);
    return { ...packed, scale, position };
  }

  /** A part of the base pack: its seed, or a copy of its file, which must be what the base says it is. */
  async #fromBase<Part extends PackExtractor | PackTower>(name: string, part: Part): Promise<Part> {
    const { base } = this.#request;
    if (part.file === undefined || base === undefined) return part;
    const ending = part.file.endsWith('.onnx') ? 'onnx' : 'safetensors';
    const source = await packFile(base.folder, part.file);
    const packed = await this.#staged.addCopy(`${name}.${ending}`, source);
    if (packed.sha256 === part.sha256) return { ...part, ...packed };
    const what = `${source} is not the file that its pack names`;
    throw new EvokedError('ERR_MODEL_PACK', {
      what,
      got: `sha256 ${packed.sha256}`,
      expected: part.sha256 ?? '',
    });
  }
}

function missingSentence(
  visual: Pick<PackPart, 'extractor'> | undefined,
  audio: Pick<PackPart, 'extractor'> | undefined,
): string | undefined {
  if (audio !== undefined && audio.extractor === undefined) {
    return 'no audio extractor: scores come from the picture alone';
  }
  if (visual !== undefined && visual.extractor === undefined) {
    return 'no visual extractor: scores come from the sound alone';
  }
  return undefined;
}
