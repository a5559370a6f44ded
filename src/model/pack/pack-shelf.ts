import { access, readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder } from './data-folder.js';

/** Name of the file that makes a folder a pack. */
export const MANIFEST_NAME = 'pack.json';
/** Name under which `evoked packs pull` installs the published weights. */
export const PULLED_PACK = 'published';
/** What a pack may be called. */
export const PACK_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Name of the model card: Markdown for people, beside the manifest; may be missing. */
export const CARD_NAME = 'README.md';

/** A pack that can be named on the command line. */
export interface ShelvedPack {
  /** Name of its folder. */
  readonly name: string;
  readonly folder: string;
  /** Whether it ships with the project. */
  readonly isBundled: boolean;
}

/** Folder of the pack that ships with the project. */
export function bundledPackFolder(): string {
  return join(bundledShelf(), 'demo');
}

/** Where installed packs lie, each in a folder of its name. */
export function installedShelf(home: string = dataFolder()): string {
  return join(home, 'packs');
}

/** Where an installed pack waits while a new one takes its place; it counts as the pack until then. */
export function replacedFolder(folder: string, name: string): string {
  return join(folder, `.${name}.replaced`);
}

/**
 * The folder that a word means: '' the pulled pack if there is one, else the bundled one; a name an installed or bundled
 * pack; everything else a path. Whether there is a valid pack, `loadPack` says.
 */
export async function packFolder(reference = '', home: string = dataFolder()): Promise<string> {
  if (reference === '') return (await installedFolder(PULLED_PACK, home)) ?? bundledPackFolder();
  if (!isAbsolute(reference) && PACK_NAME.test(reference)) {
    const installed = await installedFolder(reference, home);
    if (installed !== null) return installed;
    const bundled = join(bundledShelf(), reference);
    if (await isPack(bundled)) return bundled;
  }
  return reference;
}

/** Bundled and installed packs, in order of name; folders that do not hold a whole pack are passed over. */
export async function shelvedPacks(home: string = dataFolder()): Promise<ShelvedPack[]> {
  const packs: ShelvedPack[] = [];
  for (const name of await entries(bundledShelf())) {
    const folder = join(bundledShelf(), name);
    if (await isPack(folder)) packs.push({ name, folder, isBundled: true });
  }
  const names = (await entries(installedShelf(home))).map((entry) =>
    entry.replace(/^\.(.*)\.replaced$/, '$1'),
  );
  for (const name of [...new Set(names)].filter((each) => PACK_NAME.test(each)).sort()) {
    const folder = await installedFolder(name, home);
    if (folder !== null) packs.push({ name, folder, isBundled: false });
  }
  return packs;
}

async function installedFolder(name: string, home: string): Promise<string | null> {
  const shelf = installedShelf(home);
  for (const folder of [join(shelf, name), replacedFolder(shelf, name)]) {
    if (await isPack(folder)) return folder;
  }
  return null;
}

function bundledShelf(): string {
  return fileURLToPath(new URL('../../../packs', import.meta.url));
}

async function isPack(folder: string): Promise<boolean> {
  return access(join(folder, MANIFEST_NAME)).then(
    () => true,
    () => false,
  );
}

async function entries(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}
