import { toEvokedError } from '../../core/errors.js';
import { loadPack, packInfo, packModalities } from '../../model/pack/load-pack.js';
import { packFolder, shelvedPacks } from '../../model/pack/pack-shelf.js';
import type { PrintOptions } from '../packs-commands.js';

/** `evoked packs list`: packs by the name that their scores carry, and the word that `--pack` takes where that is another. */
export async function runList({ json }: PrintOptions): Promise<void> {
  const fallback = await packFolder();
  const rows = [];
  for (const { name: reference, folder, isBundled } of await shelvedPacks()) {
    const where = { reference, folder, isBundled, isDefault: folder === fallback };
    try {
      const pack = await loadPack(folder);
      const { name, version, trained, trainedOn } = packInfo(pack);
      const modalities = packModalities(pack.manifest);
      rows.push({
        ...where,
        name,
        version,
        trained,
        trainedOn,
        modalities,
        metrics: pack.manifest.metrics ?? null,
      });
    } catch (error) {
      const { code, message } = toEvokedError(error);
      rows.push({ ...where, error: { code, message } });
    }
  }
  if (json) return console.log(JSON.stringify({ packs: rows }, null, 2));
  for (const row of rows) {
    const mark = row.isDefault ? '*' : ' ';
    const place = row.isBundled ? 'bundled' : 'installed';
    if ('error' in row) {
      console.log(`${mark} ${row.reference} · ${place} · BROKEN: ${row.error.code}: ${row.error.message}`);
      continue;
    }
    const { reference, name, version, trained, modalities, metrics, trainedOn } = row;
    const alias = name === reference ? '' : ` (--pack ${reference})`;
    const score = metrics === null ? 'M_rho not measured' : measured(metrics, row.isBundled);
    const facts = [place, trained ? 'trained' : 'UNTRAINED', modalities.join(' + '), score];
    console.log(`${mark} ${name} ${version}${alias} · ${facts.join(' · ')}\n    trained on ${trainedOn}`);
  }
  console.log('* is used where no --pack is given');
}

/** Of a pack of the user's own only its maker knows whom it was held against. */
function measured({ mRho, on }: { readonly mRho: number; readonly on: string }, isBundled: boolean): string {
  return isBundled
    ? `M_rho ${mRho} on data of the pack's own, not with viewers (${on})`
    : `M_rho ${mRho} on ${on}, as its maker says`;
}
