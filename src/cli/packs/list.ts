import { toEvokedError } from '../../core/errors.js';
import { loadPack, packInfo, packModalities } from '../../model/pack/load-pack.js';
import { packFolder, shelvedPacks } from '../../model/pack/pack-shelf.js';
import type { PrintOptions } from '../packs-commands.js';

/** `evoked packs list`. */
export async function runList({ json }: PrintOptions): Promise<void> {
  const fallback = await packFolder();
  const rows = [];
  for (const { name, folder, isBundled } of await shelvedPacks()) {
    const where = { name, folder, isBundled, isDefault: folder === fallback };
    try {
      const pack = await loadPack(folder);
      const { version, trained, trainedOn } = packInfo(pack);
      const modalities = packModalities(pack.manifest);
      rows.push({
        ...where,
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
      console.log(`${mark} ${row.name} · ${place} · BROKEN: ${row.error.code}: ${row.error.message}`);
      continue;
    }
    const { version, trained, modalities, metrics, trainedOn } = row;
    const score = metrics === null ? 'M_rho not measured' : `M_rho ${metrics.mRho} on ${metrics.on}`;
    const facts = [place, trained ? 'trained' : 'UNTRAINED', modalities.join(' + '), score];
    console.log(`${mark} ${row.name} ${version} · ${facts.join(' · ')}\n    trained on ${trainedOn}`);
  }
  console.log('* is used where no --pack is given');
}
