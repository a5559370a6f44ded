import { stat } from 'node:fs/promises';
import { EvokedError, toEvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import { FRAME_BYTES, segmentNumSamples } from '../../core/time-grid.js';
import type { Extractor } from '../extractor.js';
import { receptiveField } from '../tower/spec.js';
import { type ModelPack, packFile } from './load-pack.js';
import type { WeightSource } from './manifest.js';
import { loadPackExtractor, loadPackTower } from './pack-weights.js';

/** What became of one part of a pack. */
export interface PackCheck {
  readonly modality: Modality;
  readonly part: 'extractor' | 'tower';
  /** The file in the pack's folder, or the seed, maybe with the file of its statistics. */
  readonly source: string;
  /** Size of the file; null for a seed alone. */
  readonly numBytes: number | null;
  /** What it turned out to be, in words; empty where it failed. */
  readonly detail: string;
  /** Why the part does not work; null where it does. */
  readonly error: EvokedError | null;
}

/**
 * Holds every file of a pack against its digest, loads every part and runs it once.
 * @returns one row a part, in the order of the manifest
 */
export async function verifyPack(pack: ModelPack): Promise<PackCheck[]> {
  const checks: PackCheck[] = [];
  for (const modality of ['visual', 'audio'] as const) {
    const part = pack.manifest[modality];
    if (part === undefined) continue;
    if (part.extractor !== undefined) {
      const run = () => runExtractor(pack, modality);
      checks.push(await check(pack, { modality, part: 'extractor', source: part.extractor, run }));
    }
    checks.push(
      await check(pack, { modality, part: 'tower', source: part.tower, run: () => runTower(pack, modality) }),
    );
  }
  return checks;
}

/**
 * The same for a pack that must work.
 * @throws {EvokedError} of the first part that does not
 */
export async function requireWorkingPack(pack: ModelPack): Promise<void> {
  for (const { error } of await verifyPack(pack)) if (error !== null) throw error;
}

interface CheckedPart {
  readonly modality: Modality;
  readonly part: PackCheck['part'];
  readonly source: WeightSource;
  readonly run: () => Promise<string>;
}

async function check(pack: ModelPack, { modality, part, source, run }: CheckedPart): Promise<PackCheck> {
  const { seed, statistics } = source;
  const file = source.file ?? statistics?.file;
  const made = statistics === undefined ? `seed ${seed ?? ''}` : `seed ${seed ?? ''} with ${statistics.file}`;
  const row = { modality, part, source: source.file ?? made };
  let numBytes: number | null = null;
  try {
    if (file !== undefined) numBytes = (await stat(await packFile(pack.folder, file))).size;
    return { ...row, numBytes, detail: await run(), error: null };
  } catch (error) {
    return { ...row, numBytes, detail: '', error: toEvokedError(error) };
  }
}

async function runExtractor(pack: ModelPack, modality: Modality): Promise<string> {
  const extractor = await loadPackExtractor(pack, modality);
  try {
    checkFinite(modality, await extractor.embed(madeUpSegment(extractor)));
    return `${pack.manifest[modality]?.extractor?.kind ?? ''}, ${extractor.dim} values`;
  } finally {
    await extractor.release();
  }
}

async function runTower(pack: ModelPack, modality: Modality): Promise<string> {
  const tower = await loadPackTower(pack, modality);
  try {
    const { numInputs, blocks, numLabels } = tower.spec;
    const x = Float32Array.from({ length: numInputs }, (_, i) => Math.sin(i) / 2);
    checkFinite(modality, await tower.steps(tower.createState(), x, 1));
    const width = blocks.at(-1)?.conv2.outChannels ?? 0;
    const shape = `${numInputs} inputs, ${blocks.length} blocks of ${width}, ${numLabels} labels`;
    return `${shape}, ${receptiveField(tower.spec)} steps`;
  } finally {
    await tower.release();
  }
}

/** A picture with a gradient, or a tone of 500 Hz as long as the first segment. */
function madeUpSegment({ modality }: Extractor): Uint8Array[] | Float32Array[] {
  if (modality === 'visual') return [Uint8Array.from({ length: FRAME_BYTES }, (_, i) => i % 251)];
  return [Float32Array.from({ length: segmentNumSamples(0) }, (_, i) => 0.1 * Math.sin((Math.PI * i) / 16))];
}

function checkFinite(modality: Modality, values: Float32Array): void {
  if (values.every(Number.isFinite)) return;
  const what = `the ${modality} weights give values that are no numbers`;
  throw new EvokedError('ERR_MODEL_WEIGHTS', { what, got: 'NaN or infinity', expected: 'finite values' });
}
