import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPack, namedFiles, packInfo } from '../../model/pack/load-pack.js';
import { CARD_NAME } from '../../model/pack/pack-shelf.js';
import type { PackManifest, WeightSource } from '../../model/pack/manifest.js';
import type { PrintOptions } from '../packs-commands.js';

/**
 * `evoked packs show`.
 * @throws {EvokedError} ERR_MODEL_PACK
 */
export async function runShow(reference: string | undefined, { json }: PrintOptions): Promise<void> {
  const pack = await loadPack(reference);
  const { folder, manifest } = pack;
  if (json) return console.log(JSON.stringify({ folder, manifest }, null, 2));
  const { name, version, licence, trained, metrics, ensemble } = manifest;
  const numFiles = namedFiles(manifest).length;
  const lines = [
    `${name} ${version}`,
    `folder       ${folder} (${numFiles} weight files)`,
    `licence      ${licence}`,
    `trained on   ${packInfo(pack).trainedOn}`,
    ...(trained ? [] : ['             UNTRAINED: the scores of this pack mean nothing']),
    `M_rho        ${metrics === undefined ? 'not measured' : `${metrics.mRho} on ${metrics.on}`}`,
    ...partLines('visual', manifest.visual),
    ...partLines('audio', manifest.audio),
    `ensemble     ${ensemble.visual} visual + ${ensemble.audio} audio`,
  ];
  console.log([...lines, ...(await cardLines(folder))].join('\n'));
}

/** Where the model card is, and its first paragraph. */
async function cardLines(folder: string): Promise<string[]> {
  const path = join(folder, CARD_NAME);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return [];
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => paragraph.trim());
  const first = paragraphs.find((paragraph) => paragraph !== '' && !paragraph.startsWith('#'));
  return [`card         ${path}`, ...(first === undefined ? [] : ['', first])];
}

function partLines(modality: string, part: PackManifest['visual'] | PackManifest['audio']): string[] {
  if (part === undefined) return [`${modality.padEnd(12)} none`];
  const { extractor, tower } = part;
  const what =
    extractor === undefined
      ? 'no extractor: not run'
      : `${extractor.kind}, ${extractor.preprocessing}, ${extractor.dim} values, ${sourceText(extractor)}`;
  const { scale, position } = tower;
  return [
    `${modality.padEnd(12)} ${what}`,
    `             tower ${sourceText(tower)}, scale ${scale}, position ${position.policy} at ${position.maxSeconds} s`,
  ];
}

function sourceText({ file, sha256, seed, statistics }: WeightSource): string {
  if (file !== undefined) return `${file} (sha256 ${sha256?.slice(0, 12) ?? ''}…)`;
  const made = `from the seed "${seed ?? ''}"`;
  return statistics === undefined
    ? made
    : `${made}, statistics ${statistics.file} (sha256 ${statistics.sha256.slice(0, 12)}…)`;
}
