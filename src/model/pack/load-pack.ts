import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import type { PackInfo } from '../../core/protocol.js';
import { systemErrorCode } from './durable-files.js';
import { type NamedFile, type PackManifest, packManifestSchema, type PackModality } from './manifest.js';
import { MANIFEST_NAME, packFolder } from './pack-shelf.js';

/** A pack whose manifest is valid and whose files are there. Plain data: it can be sent to a worker thread. */
export interface ModelPack {
  /** Absolute path of the pack's folder. */
  readonly folder: string;
  readonly manifest: PackManifest;
}

const MAX_MANIFEST_BYTES = 1_000_000;

/**
 * Reads and checks a pack. Weight files are looked for here; they are read, and held against their digests, where they are
 * loaded (`createScoringEngine`).
 * @param reference folder of the pack, or the name of an installed or bundled one; empty or left out takes the pulled pack
 *   if there is one, else the bundled one
 * @throws {EvokedError} ERR_MODEL_PACK
 */
export async function loadPack(reference?: string): Promise<ModelPack> {
  const root = await resolveFolder(await packFolder(reference));
  const parsed = packManifestSchema.safeParse(await readManifest(join(root, MANIFEST_NAME)));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
    const what = `${MANIFEST_NAME} of ${root} does not follow the schema${where}`;
    throw new EvokedError('ERR_MODEL_PACK', { what, got: issue?.message ?? 'no valid manifest' });
  }
  const manifest = parsed.data;
  for (const { file } of namedFiles(manifest)) await packFile(root, file);
  return { folder: root, manifest };
}

/** What is shown of a pack wherever its scores are; what it lacks is part of what it was trained on. */
export function packInfo({ manifest }: ModelPack): PackInfo {
  const { name, version, trainedOn, trained, missing } = manifest;
  return {
    name,
    version,
    trainedOn: missing === undefined ? trainedOn : `${trainedOn} (${missing})`,
    trained,
  };
}

/** The modalities that a pack can run. */
export function packModalities({ visual, audio }: PackManifest): Modality[] {
  return [
    ...(visual?.extractor === undefined ? [] : ['visual' as const]),
    ...(audio?.extractor === undefined ? [] : ['audio' as const]),
  ];
}

/**
 * The part of a pack's manifest for one modality.
 * @throws {EvokedError} ERR_MODEL_PACK where the pack has none
 */
export function packModality({ manifest }: ModelPack, modality: Modality): PackModality {
  const part = manifest[modality];
  if (part?.extractor !== undefined) return { extractor: part.extractor, tower: part.tower };
  const lacks = part === undefined ? 'part' : 'extractor';
  throw new EvokedError('ERR_MODEL_PACK', { what: `pack ${manifest.name} has no ${modality} ${lacks}` });
}

/**
 * Absolute path of a file that a pack names. The name must not lead out of the pack's folder, nor may a link.
 * @throws {EvokedError} ERR_MODEL_PACK
 */
export async function packFile(folder: string, name: string): Promise<string> {
  const parts = name.split('/');
  if (/[\\:\0]/.test(name) || parts.some((part) => part === '' || part === '.' || part === '..')) {
    const expected = 'a path inside the pack, such as weights/visual.safetensors';
    throw new EvokedError('ERR_MODEL_PACK', {
      what: 'a pack names a file outside of itself',
      got: name,
      expected,
    });
  }
  let path: string;
  try {
    path = await realpath(join(folder, ...parts));
    if (!(await stat(path)).isFile()) throw new Error('no plain file');
  } catch (cause) {
    const what = `pack ${folder} is missing a file`;
    throw new EvokedError('ERR_MODEL_PACK', { what, got: `no ${name}`, expected: 'a plain file', cause });
  }
  if (!path.startsWith((await realpath(folder)) + sep)) {
    const what = 'a file of a pack links to outside of it';
    throw new EvokedError('ERR_MODEL_PACK', { what, got: name, expected: 'a file inside the pack' });
  }
  return path;
}

/** Every file that a manifest names, in its order. */
export function namedFiles({ visual, audio }: PackManifest): NamedFile[] {
  const sources = [visual?.extractor, visual?.tower, audio?.extractor, audio?.tower];
  return sources.flatMap((source) => {
    if (source === undefined) return [];
    const { file, sha256, seed } = source;
    if (seed !== undefined)
      return 'statistics' in source && source.statistics !== undefined ? [source.statistics] : [];
    return file === undefined || sha256 === undefined ? [] : [{ file, sha256 }];
  });
}

async function resolveFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (cause) {
    const expected = `a folder with ${MANIFEST_NAME}`;
    throw new EvokedError('ERR_MODEL_PACK', { what: 'model pack not found', got: folder, expected, cause });
  }
}

async function readManifest(path: string): Promise<unknown> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_MANIFEST_BYTES) throw new Error(`${size} bytes`);
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const got = systemErrorCode(cause);
    throw new EvokedError('ERR_MODEL_PACK', { what: `${path} cannot be read`, got, cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : 'other text';
    throw new EvokedError('ERR_MODEL_PACK', { what: `${path} is no JSON`, got, cause });
  }
}
