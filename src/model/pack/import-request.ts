import type { WeightFile } from '../checkpoint/weight-file.js';
import type { ModelPack } from './load-pack.js';
import type { PackManifest } from './manifest.js';

/** A weight file in memory. */
export interface ReadHead {
  /** For messages. */
  readonly name: string;
  readonly weights: WeightFile;
}

/** Files that become a modality of a pack; what is left out is taken from other packs. */
export interface PartFiles {
  /** EfficientNet-B0 with timm names, or an audio network (ONNX, or this project's own as safetensors). */
  readonly extractor?: string | undefined;
  /** Tower weights with the authors' names, safetensors or a checkpoint: its path, or what was read already. */
  readonly head?: string | ReadHead | undefined;
  /** What the head's labels were multiplied by, where the head does not say; see `labelScale`. */
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
  /** Pack whose extractors are put before the towers where no extractor file is given. */
  readonly extractorsOf?: ModelPack | undefined;
  /** Pack whose parts are used where nothing else is given. */
  readonly base?: ModelPack | undefined;
  /** Longest time in seconds that training saw; default: the head's own word, else 120. */
  readonly maxSeconds?: number | undefined;
  /** Share of the visual scores, 0 to 1; default: the base pack's, else 0.8. */
  readonly lambda?: number | undefined;
  /** Measured M_rho, and on what. */
  readonly metrics?: PackManifest['metrics'] | undefined;
  /** Markdown file that becomes the pack's model card. */
  readonly card?: string | undefined;
  /** An installed pack of this name gives way. */
  readonly replace: boolean;
}
