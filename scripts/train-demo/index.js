// npm run train:demo: from nothing to packs/demo, with the same commands that anyone uses for videos of their own.
// An interrupted run goes on where it was.
import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evoked, evokedJson, peakMegabytes, ROOT } from './evoked.js';
import { writeBasePack } from './base-pack.js';
import { TOWERS, TRAINING, VALIDATION } from './recipe.js';

const { values } = parseArgs({
  options: {
    work: { type: 'string', default: join(ROOT, 'train-demo') },
    out: { type: 'string', default: join(ROOT, 'packs', 'demo') },
  },
});
const work = (...names) => join(values.work, ...names);
const startedMs = performance.now();

await step('extractors: statistics of their BatchNorms on films', async () => {
  if (!existsSync(work('base', 'pack.json'))) await writeBasePack(work('base'));
});
for (const films of [VALIDATION, TRAINING]) {
  const size = ['--count', films.count, '--seconds', films.seconds];
  await step(`features of ${films.count} films "${films.seed}"`, async () => {
    await evoked(['films', '--seed', films.seed, ...size, '--labels-only', '--out', work(films.seed)]);
    const out = work(films.seed, 'features');
    await evoked(['extract', '--films', films.seed, ...size, '--pack', work('base'), '--out', out]);
  });
}
await step('towers, both at the same time', () => Promise.all([train('visual'), train('audio')]));
const best = await step('share of each modality, on the validation films', chooseLambda);
await step('pack', () => writePack(best));
const minutes = (performance.now() - startedMs) / 60_000;
console.log(`\n${values.out}: ${minutes.toFixed(1)} minutes, at most ${Math.round(peakMegabytes())} MB`);

async function step(title, work) {
  console.log(`\n== ${title}`);
  return work();
}

function train(modality) {
  const run = work(modality);
  if (existsSync(join(run, 'run.json'))) return evoked(['train', '--out', run, '--resume'], modality);
  const data = (films, prefix) => [
    ...[`--${prefix}labels`, work(films.seed, 'labels.csv')],
    ...[`--${prefix}features`, work(films.seed, 'features')],
  ];
  const files = [...data(TRAINING, ''), ...data(VALIDATION, 'val-')];
  return evoked(['train', '--modality', modality, ...files, ...TOWERS, '--out', run], modality);
}

/** The share of the visual scores that correlates best on the validation films. */
async function chooseLambda() {
  const labels = work(VALIDATION.seed, 'labels.csv');
  for (const modality of ['visual', 'audio']) {
    const files = ['--features', work(VALIDATION.seed, 'features'), '--labels', labels];
    const head = work(modality, 'tower.safetensors');
    await evoked(['temporal', '--head', head, '-m', modality, ...files, '--out', work(`${modality}.csv`)]);
  }
  let chosen = { lambda: 0, mRho: -1 };
  for (const lambda of [0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]) {
    const out = work('ensemble.csv');
    const scores = ['--visual', work('visual.csv'), '--audio', work('audio.csv')];
    await evoked(['ensemble', ...scores, '--lambda', lambda, '--out', out]);
    const { asAuthors } = await evokedJson(['evaluate', '--labels', labels, '--scores', out]);
    const { mRho } = asAuthors;
    console.log(`lambda ${lambda}: M_rho ${mRho.toFixed(4)}`);
    if (mRho > chosen.mRho) chosen = { lambda, mRho };
  }
  return chosen;
}

async function writePack({ lambda, mRho }) {
  const heads = ['visual', 'audio'].flatMap((each) => [`--${each}-head`, work(each, 'tower.safetensors')]);
  const on =
    `${VALIDATION.count} synthetic films that training did not see, on which the share of each modality was ` +
    'chosen; see the card for 50 further ones through the whole live path';
  const home = work('home');
  const words = ['--m-rho', mRho.toFixed(4), '--measured-on', on, '--licence', 'Apache-2.0'];
  const card = ['--card', join(ROOT, 'scripts', 'train-demo', 'card.md')];
  const extractors = ['--extractors-of', work('base')];
  await evoked(
    [
      'packs',
      'import',
      '--name',
      'demo',
      ...extractors,
      ...heads,
      '--lambda',
      lambda,
      ...words,
      ...card,
      '--replace',
    ],
    undefined,
    { EVOKED_HOME: home },
  );
  await rm(values.out, { recursive: true, force: true });
  await mkdir(values.out, { recursive: true });
  await cp(join(home, 'packs', 'demo'), values.out, { recursive: true });
}
