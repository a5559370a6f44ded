import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import { extractorKey } from '../../model/feature-rows.js';
import { withSafetensors } from '../../model/weights/safetensors-index.js';

/** Both modalities, in the order in which they are told. */
export const MODALITIES = ['visual', 'audio'] as const satisfies readonly Modality[];

const ENDING = '.safetensors';

/** What the header of a feature file says. */
export interface FeatureFile {
  readonly path: string;
  /** The modalities it has, each with its extractor's digest; null where it states none. */
  readonly digests: ReadonlyMap<Modality, string | null>;
}

/**
 * The feature files of a folder by video id, in order of id.
 * @throws {EvokedError} ERR_FILE_FORMAT where the folder cannot be read
 */
export async function listFeatureFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new EvokedError('ERR_FILE_FORMAT', { what: `folder ${folder} cannot be read`, got, cause });
  }
  const files = names.filter((name) => name.endsWith(ENDING) && !name.startsWith('.')).sort();
  return new Map(files.map((name) => [name.slice(0, -ENDING.length), join(folder, name)]));
}

/**
 * Reads a feature file's header.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where it is malformed
 */
export function readFeatureHeader(path: string): Promise<FeatureFile> {
  return withSafetensors(path, ({ metadata, shapes }) => {
    const held = MODALITIES.filter((modality) => shapes.has(modality));
    return { path, digests: new Map(held.map((name) => [name, metadata.get(extractorKey(name)) ?? null])) };
  });
}

/** Holds the digests of feature files together: all features of a modality must come from one extractor. */
export class DigestCheck {
  readonly #first = new Map<Modality, { path: string; digest: string | null }>();

  /** @throws {EvokedError} ERR_FILE_FORMAT that names both files and both digests */
  add({ path, digests }: FeatureFile): void {
    for (const [modality, digest] of digests) {
      const first = this.#first.get(modality) ?? { path, digest };
      this.#first.set(modality, first);
      if (first.digest === digest) continue;
      throw new EvokedError('ERR_FILE_FORMAT', {
        what: `the ${modality} features come from different extractors`,
        got: `${digest ?? 'no digest'} in ${path}`,
        expected: `${first.digest ?? 'no digest'} as in ${first.path}`,
      });
    }
  }

  digest(modality: Modality): string | null {
    return this.#first.get(modality)?.digest ?? null;
  }
}
