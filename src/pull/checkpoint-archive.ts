import { posix } from 'node:path';
import { EvokedError } from '../core/errors.js';
import type { Modality } from '../core/media.js';
import { openFileSource } from '../model/checkpoint/byte-source.js';
import { parseWeightFile } from '../model/checkpoint/weight-file.js';
import { ZipArchive } from '../model/checkpoint/zip-archive.js';
import { findTowers } from '../model/pack/find-towers.js';
import type { ReadHead } from '../model/pack/import-pack.js';

/** One tower of the authors' archive. */
export interface ArchivedTower {
  /** Name of the entry. */
  readonly entry: string;
  readonly modality: Modality;
  readonly hasPosition: boolean;
}

/** What was taken from an archive. */
export interface ChosenTowers {
  readonly visual: ReadHead;
  /** Null where the archive has no audio tower. */
  readonly audio: ReadHead | null;
  /** Everything that was there to choose from, in order of name. */
  readonly towers: readonly ArchivedTower[];
}

const WEIGHT_FILE = /\.(ckpt|pt|pth|safetensors)$/i;
/** What macOS adds to archives. */
const SHADOW = /(^|\/)(__MACOSX\/|\._)/;

/**
 * Chooses a visual and an audio tower from an archive of checkpoints. Entries are read in memory, one at a time; nothing is
 * unpacked. Without a wish, the first by name is taken that sees the timestamp, else the first.
 * @param wishes names of entries, or their ends
 * @throws {EvokedError} ERR_MODEL_WEIGHTS, ERR_FILE_FORMAT where the archive or a checkpoint is malformed; ERR_USAGE where a
 *   wish fits nothing
 */
export function chooseTowers(
  path: string,
  wishes: { readonly [M in Modality]?: string | undefined },
): ChosenTowers {
  const source = openFileSource(path);
  try {
    const archive = ZipArchive.open(source);
    const entries = archive.names().filter((name) => WEIGHT_FILE.test(name) && !SHADOW.test(name));
    const read = (entry: string): ReadHead => ({
      name: `${posix.basename(path)}: ${entry}`,
      weights: named(entry, () => parseWeightFile(archive.read(entry))),
    });
    const towers = entries.sort(byName).flatMap((entry) => towersOf(entry, read(entry)));
    const visual = choose(towers, 'visual', wishes.visual);
    const audio = choose(towers, 'audio', wishes.audio);
    if (visual === null) {
      const got = `${entries.length} checkpoints: ${entries.join(', ') || 'none'}`;
      throw new EvokedError('ERR_FILE_FORMAT', { what: `${path} holds no visual tower`, got });
    }
    return { visual: read(visual.entry), audio: audio === null ? null : read(audio.entry), towers };
  } finally {
    source.close();
  }
}

function towersOf(entry: string, { weights }: ReadHead): ArchivedTower[] {
  return named(entry, () => findTowers(weights.tensors)).flatMap(({ modality, hasPosition }) =>
    modality === null ? [] : [{ entry, modality, hasPosition }],
  );
}

function choose(
  towers: readonly ArchivedTower[],
  modality: Modality,
  wish: string | undefined,
): ArchivedTower | null {
  const fitting = towers.filter((tower) => tower.modality === modality);
  if (wish === undefined) return fitting.find(({ hasPosition }) => hasPosition) ?? fitting[0] ?? null;
  const [only, ...others] = fitting.filter(({ entry }) => entry === wish || entry.endsWith(`/${wish}`));
  if (only !== undefined && others.length === 0) return only;
  throw new EvokedError('ERR_USAGE', {
    what: `--${modality}-checkpoint fits ${only === undefined ? 'nothing' : 'several'} in the archive`,
    got: wish,
    expected: `one of ${fitting.map(({ entry }) => entry).join(', ') || 'none'}`,
  });
}

function named<T>(entry: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof EvokedError)) throw cause;
    throw new EvokedError(cause.code, { what: `${entry}: ${cause.message}`, cause });
  }
}

/** The same order on every machine. */
function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}
