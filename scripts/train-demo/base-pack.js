// The pack that training starts from: extractors whose weights come from a seed, with BatchNorm statistics measured on
// films. Its towers come from the seed too; training puts others in their place.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LABELS } from '../../dist/core/labels.js';
import { segmentMiddleUs, segmentNumSamples, segmentStartSample } from '../../dist/core/time-grid.js';
import { measureStatistics } from '../../dist/model/index.js';
import { writeSafetensors } from '../../dist/model/weights/safetensors-writer.js';
import { createFilm } from '../../dist/streams/film/film.js';
import { letterboxRgb, planLetterbox } from '../../dist/streams/picture/letterbox.js';

const EXTRACTOR_SEED = 'evoked-demo';
const NUM_FRAMES = 128;
const NUM_WAVEFORMS = 256;

/** One segment of each of many films, at scattered times. */
function* segments(count) {
  for (let i = 0; i < count; i++) yield { film: createFilm(`statistics-${i}`), k: (i * 37) % 360 };
}

function* frames() {
  for (const { film, k } of segments(NUM_FRAMES)) {
    const { rgb, width, height } = film.frameAt(segmentMiddleUs(k) / 1e6);
    yield letterboxRgb({ data: rgb, stride: width * 3 }, planLetterbox(width, height));
  }
}

function* waveforms() {
  for (const { film, k } of segments(NUM_WAVEFORMS)) {
    yield film.audio(segmentStartSample(k), segmentNumSamples(k));
  }
}

/** Writes the pack into `folder`, which is made. */
export async function writeBasePack(folder) {
  await mkdir(folder, { recursive: true });
  const position = { maxSeconds: 120, policy: 'clamp' };
  const tower = { seed: EXTRACTOR_SEED, scale: 1, position };
  const visual = await statisticsFile(folder, 'visual', frames());
  const audio = await statisticsFile(folder, 'audio', waveforms());
  const manifest = {
    name: 'demo-base',
    version: '1.0.0',
    licence: 'Apache-2.0',
    trainedOn: 'nothing yet: the towers are random numbers from a seed',
    trained: false,
    labels: [...LABELS],
    rateHz: 6,
    visual: {
      extractor: {
        kind: 'efficientnet-b0',
        preprocessing: 'letterbox-224-imagenet',
        seed: EXTRACTOR_SEED,
        statistics: visual,
        dim: 1280,
      },
      tower,
    },
    audio: {
      extractor: {
        kind: 'mobilenet-logmel',
        preprocessing: 'logmel-96x64',
        seed: EXTRACTOR_SEED,
        statistics: audio,
        dim: 2048,
      },
      tower,
    },
    ensemble: { visual: 0.8, audio: 0.2 },
  };
  await writeFile(join(folder, 'pack.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function statisticsFile(folder, modality, inputs) {
  const file = `${modality}-statistics.safetensors`;
  await writeSafetensors(join(folder, file), await measureStatistics(modality, EXTRACTOR_SEED, inputs));
  const bytes = await readFile(join(folder, file));
  return { file, sha256: createHash('sha256').update(bytes).digest('hex') };
}
