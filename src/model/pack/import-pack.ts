import { LABELS } from '../../core/labels.js';
import { SEGMENT_RATE } from '../../core/time-grid.js';
import { type ImportedPart, PartImporter } from './import-part.js';
import type { PackImport } from './import-request.js';
import type { ModelPack } from './load-pack.js';
import { isMadeUp, type PackManifestInput } from './manifest.js';
import { StagedPack } from './staged-pack.js';

export type { PackImport, PartFiles, ReadHead } from './import-request.js';

/** What was made. */
export interface ImportedPack {
  readonly pack: ModelPack;
  /** What was assumed, a sentence each. */
  readonly notes: readonly string[];
}

/** Share of the visual scores: equation 5 of the paper. */
const VISUAL_SHARE = 0.8;

/**
 * Makes a pack from weight files, tries it out and installs it whole or not at all.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS, ERR_FILE_FORMAT of the files; ERR_MODEL_PACK; ERR_FILE_WRITE; ERR_USAGE where
 *   there is such a pack, or something is missing
 */
export async function importPack(request: PackImport): Promise<ImportedPack> {
  const { shelf, name, version, licence, metrics, card } = request;
  const staged = await StagedPack.create(shelf, name);
  try {
    const importer = new PartImporter(staged, request);
    const visual = await importer.part('visual', request.visual);
    const audio = await importer.part('audio', request.audio);
    const parts = [visual, audio].filter((part) => part !== undefined);
    const missing = missingSentence(visual, audio);
    if (card !== undefined) await staged.addCard(card);
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
      ensemble: ensembleShares(request),
      ...(metrics === undefined ? {} : { metrics }),
    };
    return { pack: await staged.install(manifest, request), notes: importer.notes };
  } finally {
    await staged.discard();
  }
}

function ensembleShares({ lambda, base }: PackImport): { readonly visual: number; readonly audio: number } {
  if (lambda === undefined && base !== undefined) return base.manifest.ensemble;
  const visual = lambda ?? VISUAL_SHARE;
  // Six decimals: 1 - 0.8 is 0.19999999999999996.
  return { visual, audio: Number((1 - visual).toFixed(6)) };
}

function missingSentence(
  visual: ImportedPart | undefined,
  audio: ImportedPart | undefined,
): string | undefined {
  if (audio !== undefined && audio.extractor === undefined) {
    return 'no audio extractor: scores come from the picture alone';
  }
  if (visual !== undefined && visual.extractor === undefined) {
    return 'no visual extractor: scores come from the sound alone';
  }
  return undefined;
}
