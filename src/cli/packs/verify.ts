import { loadPack, packInfo } from '../../model/pack/load-pack.js';
import { type PackCheck, verifyPack } from '../../model/pack/verify-pack.js';
import type { PrintOptions } from '../packs-commands.js';

/**
 * `evoked packs verify`: a row a part. The exit code is 1 where one of them does not work.
 * @throws {EvokedError} ERR_MODEL_PACK where the manifest is wrong or a file is missing
 */
export async function runVerifyPack(reference: string | undefined, { json }: PrintOptions): Promise<void> {
  const pack = await loadPack(reference);
  const checks = await verifyPack(pack);
  if (checks.some(({ error }) => error !== null)) process.exitCode = 1;
  if (json) {
    const rows = checks.map(({ error, ...row }) => ({ ...row, error: error?.message ?? null }));
    return console.log(JSON.stringify({ folder: pack.folder, pack: packInfo(pack), checks: rows }, null, 2));
  }
  console.log(`${pack.manifest.name} ${pack.manifest.version} · ${pack.folder}`);
  for (const check of checks) console.log(checkLine(check));
}

function checkLine({ modality, part, source, numBytes, detail, error }: PackCheck): string {
  const size = numBytes === null ? '' : ` (${(numBytes / 1e6).toFixed(1)} MB, digest right)`;
  return error === null
    ? `ok      ${modality} ${part} · ${source}${size} · ${detail}`
    : `FAILED  ${modality} ${part} · ${source} · ${error.code}: ${error.message}`;
}
