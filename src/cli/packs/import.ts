import { EvokedError } from '../../core/errors.js';
import { importPack, type PackImport } from '../../model/pack/import-pack.js';
import { loadPack, packInfo } from '../../model/pack/load-pack.js';
import { installedShelf, PACK_NAME } from '../../model/pack/pack-shelf.js';

/** Flags of `evoked packs import`. */
export interface ImportOptions {
  readonly name: string;
  readonly base?: string;
  readonly extractorsOf?: string;
  readonly visualExtractor?: string;
  readonly visualHead?: string;
  readonly audioExtractor?: string;
  readonly audioHead?: string;
  readonly scale?: number;
  readonly lambda?: number;
  readonly mRho?: number;
  readonly measuredOn?: string;
  readonly card?: string;
  readonly maxSeconds?: number;
  readonly licence?: string;
  readonly trainedOn?: string;
  readonly packVersion: string;
  readonly replace: boolean;
  readonly json: boolean;
}

/**
 * `evoked packs import`.
 * @throws {EvokedError} of the weight files; ERR_USAGE where something is missing; ERR_FILE_WRITE
 */
export async function runImport(options: ImportOptions): Promise<void> {
  if (!PACK_NAME.test(options.name)) {
    const expected = 'small letters, digits, dots and dashes';
    throw new EvokedError('ERR_USAGE', { what: '--name is no name of a pack', got: options.name, expected });
  }
  const metrics = measured(options);
  const base = options.base === undefined ? undefined : await loadPack(options.base);
  const extractorsOf = options.extractorsOf === undefined ? undefined : await loadPack(options.extractorsOf);
  const donor = extractorsOf ?? base;
  const { pack, notes } = await importPack({
    shelf: installedShelf(),
    name: options.name,
    version: options.packVersion,
    licence: options.licence ?? donor?.manifest.licence ?? missing('--licence'),
    trainedOn: options.trainedOn,
    visual: { extractor: options.visualExtractor, head: options.visualHead, scale: options.scale },
    audio: { extractor: options.audioExtractor, head: options.audioHead, scale: options.scale },
    base,
    extractorsOf,
    lambda: options.lambda,
    metrics,
    card: options.card,
    maxSeconds: options.maxSeconds,
    replace: options.replace,
  });
  if (options.json) {
    return console.log(JSON.stringify({ folder: pack.folder, pack: packInfo(pack), notes }, null, 2));
  }
  for (const note of notes) console.log(`· ${note}`);
  console.log(`pack ${pack.manifest.name}: ${pack.folder}\nuse it with --pack ${pack.manifest.name}`);
}

function measured({ mRho, measuredOn }: ImportOptions): PackImport['metrics'] {
  if (mRho === undefined && measuredOn === undefined) return undefined;
  if (mRho !== undefined && measuredOn !== undefined) return { mRho, on: measuredOn };
  throw new EvokedError('ERR_USAGE', {
    what: 'a measured M_rho needs to say on what it was measured',
    expected: '--m-rho and --measured-on together',
  });
}

function missing(flag: string): never {
  throw new EvokedError('ERR_USAGE', {
    what: `${flag} is missing`,
    expected: `${flag}, or a pack to take it from`,
  });
}
