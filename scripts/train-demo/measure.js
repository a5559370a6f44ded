// npm run measure:demo: what packs/demo is worth on films that nothing was chosen on, through the whole live path (encoded,
// decoded, cut, embedded, scored), and what it loses where a part of the method is taken away.
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';

import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { scoresCsvHeader, scoresCsvRow } from '../../dist/cli/output/scores-csv.js';
import { ablations } from './ablations.js';
import { evoked, evokedJson, ROOT } from './evoked.js';
import { TEST } from './recipe.js';

const { values } = parseArgs({
  options: {
    work: { type: 'string', default: join(ROOT, 'train-demo') },
    pack: { type: 'string', default: join(ROOT, 'packs', 'demo') },
    'no-ablations': { type: 'boolean', default: false },
    /** Puts the ensemble's figure into the pack's manifest. */
    write: { type: 'boolean', default: false },
  },
});
const folder = join(values.work, TEST.seed);
const labels = join(folder, 'labels.csv');
const films = Array.from({ length: TEST.count }, (_, i) => `${TEST.seed}-${i}`);

const size = ['--count', TEST.count, '--seconds', TEST.seconds];
await evoked(['films', '--seed', TEST.seed, ...size, '--out', folder]);
const scores = join(folder, 'scores');
await mkdir(scores, { recursive: true });
for (const film of films) {
  const out = join(scores, `${film}.jsonl`);
  if (existsSync(out)) continue;
  const media = join(folder, `${film}.mp4`);
  await evoked(['score', media, '--pack', values.pack, '--format', 'jsonl', '--out', out]);
}
const rows = [];
for (const column of ['visual', 'audio', 'scores']) {
  const file = join(folder, `${column}.csv`);
  await writeFile(file, await csvOf(column));
  rows.push({ row: column === 'scores' ? 'ensemble' : column, ...(await figures(file)) });
}
console.table(rows);
if (values.write) await writeMetrics(rows.at(-1).mRho);
if (!values['no-ablations']) console.table(await ablations({ work: values.work, pack: values.pack, labels }));

/** One column of all score files, in EEV's form. */
async function csvOf(column) {
  const lines = [scoresCsvHeader()];
  for (const film of films) {
    for await (const line of createInterface({ input: createReadStream(join(scores, `${film}.jsonl`)) })) {
      const score = JSON.parse(line);
      if (score[column] !== null) lines.push(scoresCsvRow(film, score.ptsUs, score[column]));
    }
  }
  return lines.join('');
}

async function figures(file) {
  const { asAuthors, shuffled } = await evokedJson(['evaluate', '--labels', labels, '--scores', file]);
  const { low, high } = asAuthors.interval;
  return { mRho: asAuthors.mRho, low, high, shuffled: shuffled.mRho };
}

async function writeMetrics(mRho) {
  const path = join(values.pack, 'pack.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  const on = `${TEST.count} synthetic films of unseen seeds, encoded, decoded and scored as a live stream is (npm run measure:demo)`;
  manifest.metrics = { mRho: Number(mRho.toFixed(4)), on };
  await writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
