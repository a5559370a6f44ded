// What is lost where a part of the method is taken away: towers trained alike but for that part, on the test films.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evoked, evokedJson } from './evoked.js';
import { TEST, TOWERS, TRAINING } from './recipe.js';

/** Share of the annotations taken away for the comparison with and without position. */
const DROPPED_SHARE = 0.3;

/** Rows for the table: towers of each modality, and both together with the pack's shares. */
export async function ablations({ work, pack, labels }) {
  const folder = join(work, TEST.seed);
  const features = join(folder, 'features');
  await evoked(['extract', folder, '--pack', pack, '--out', features]);
  const dropped = join(folder, 'labels-dropped.csv');
  await writeFile(dropped, dropRows(await readFile(labels, 'utf8')));
  const manifest = JSON.parse(await readFile(join(pack, 'pack.json'), 'utf8'));

  const variants = [
    { row: 'as trained', folder: work, flags: null, annotations: labels },
    {
      row: 'history of one step',
      folder: join(work, 'one-step'),
      flags: ['--kernel', '1'],
      annotations: labels,
    },
    { row: 'as trained, 30 % dropped', folder: work, flags: null, annotations: dropped },
    {
      row: 'no position, 30 % dropped',
      folder: join(work, 'no-position'),
      flags: ['--no-position'],
      annotations: dropped,
    },
  ];
  const rows = [];
  for (const { row, folder: towers, flags, annotations } of variants) {
    if (flags !== null)
      await Promise.all(['visual', 'audio'].map((each) => train(work, towers, each, flags)));
    const figures = {};
    const scores = { visual: '', audio: '' };
    for (const modality of ['visual', 'audio']) {
      scores[modality] = join(towers, `${modality}-${annotations === labels ? 'all' : 'dropped'}.csv`);
      const head = join(towers, modality, 'tower.safetensors');
      const files = ['--features', features, '--labels', annotations, '--out', scores[modality]];
      await evoked(['temporal', '--head', head, '-m', modality, ...files]);
      figures[modality] = await mRhoOf(annotations, scores[modality]);
    }
    const out = join(towers, 'ensemble.csv');
    const parts = ['--visual', scores.visual, '--audio', scores.audio];
    await evoked(['ensemble', ...parts, '--lambda', manifest.ensemble.visual, '--out', out]);
    rows.push({ row, ...figures, ensemble: await mRhoOf(annotations, out) });
  }
  return rows;
}

async function mRhoOf(labels, scores) {
  const { asAuthors } = await evokedJson(['evaluate', '--labels', labels, '--scores', scores]);
  const { low, high } = asAuthors.interval;
  return `${asAuthors.mRho.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function train(work, towers, modality, flags) {
  const run = join(towers, modality);
  const title = `${modality} ${flags.join(' ')}`;
  if (existsSync(join(run, 'run.json'))) return evoked(['train', '--out', run, '--resume'], title);
  const labels = join(work, TRAINING.seed, 'labels.csv');
  const features = join(work, TRAINING.seed, 'features');
  const files = ['--labels', labels, '--features', features, '--out', run];
  return evoked(['train', '-m', modality, ...files, ...TOWERS, ...flags], title);
}

/** Rows of zeros, as where a detector saw no face, in place of a share of the rows; always the same ones. */
function dropRows(csv) {
  const [header, ...rows] = csv.trimEnd().split('\n');
  const kept = rows.map((row, index) => {
    const lot = (Math.imul(index + 1, 0x9e3779b1) >>> 0) / 2 ** 32;
    if (lot >= DROPPED_SHARE) return row;
    const [id, time, ...values] = row.split(',');
    return [id, time, ...values.map(() => '0')].join(',');
  });
  return `${[header, ...kept].join('\n')}\n`;
}
