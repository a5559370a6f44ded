import type { BenchRow } from '../../core/bench-row.js';
import { NUM_LABELS } from '../../core/labels.js';
import { measureMs } from '../../core/measure.js';
import { numWeights, type TowerSpec, uniformTowerSpec } from '../../model/tower/spec.js';
import { seededFloats } from '../../model/weights/seeded.js';
import { openBackend, type TrainingBackend } from '../backend/index.js';
import type { TrainingSequence } from '../sequence.js';
import { createTrainer } from '../trainer/index.js';

/** The length at which the paper's videos are compared: 258 s. */
const NUM_STEPS = 1550;
const PRODUCT_SIZE = 768;

const SIZES = [
  { name: 'audio at paper size', embeddingDim: 2048, numChannels: 512, numRuns: 3 },
  { name: 'visual, 64 channels', embeddingDim: 1280, numChannels: 64, numRuns: 20 },
] as const;

/** One video of 1550 steps: forward, backward, and a step of SGD. */
export async function run(): Promise<BenchRow[]> {
  const backend = await openBackend();
  const flopRate = await measureFlopRate(backend);
  const rows: BenchRow[] = [];
  for (const { name, embeddingDim, numChannels, numRuns } of SIZES) {
    const trainer = createTrainer(backend, {
      ...{ modality: 'audio', embeddingDim, position: true, seed: 'bench' },
      shape: { numChannels },
    });
    const video = randomVideo(embeddingDim);
    const once = () => {
      trainer.addVideo(video);
      trainer.step();
    };
    const { median, p99 } = await measureMs(once, { numRuns, numWarmUps: 1 });
    trainer.dispose();
    const flops = flopsOfVideo(uniformTowerSpec({ numInputs: embeddingDim + 1, numChannels }));
    rows.push({
      name: `training on a video of ${NUM_STEPS} steps, ${name}, ${backend.name}`,
      unit: 'ms',
      median,
      p99,
      floor: `${(flops / flopRate / 1e6).toFixed(0)} ms: ${(flops / 1e9).toFixed(1)} GFLOP at ${flopRate.toFixed(0)} GFLOP/s, this backend's matrix product`,
      note: `${(flops / median / 1e6).toFixed(1)} GFLOP/s`,
    });
  }
  return rows;
}

/** Forward, and backward to weights and to inputs, each two operations a weight and step; the input has no gradient. */
function flopsOfVideo(spec: TowerSpec): number {
  const { conv1, hasDownsample } = spec.blocks[0]!;
  const ofInput = conv1.inChannels * conv1.outChannels * (conv1.kernelSize + (hasDownsample ? 1 : 0));
  return 2 * NUM_STEPS * (3 * numWeights(spec) - ofInput);
}

/** GFLOP/s of the backend in a large matrix product. */
async function measureFlopRate({ tf }: TrainingBackend): Promise<number> {
  const [a, b] = [0.1, 0.2].map((value) => tf.fill([PRODUCT_SIZE, PRODUCT_SIZE], value));
  const multiply = async () => {
    const product = tf.matMul(a!, b!);
    await product.data();
    product.dispose();
  };
  const { median } = await measureMs(multiply, { numRuns: 20, numWarmUps: 3 });
  tf.dispose([a!, b!]);
  return (2 * PRODUCT_SIZE ** 3) / median / 1e6;
}

function randomVideo(dim: number): TrainingSequence {
  return {
    ...{ id: 'bench', modality: 'audio', numSteps: NUM_STEPS },
    embeddings: seededFloats('bench', 'embeddings', NUM_STEPS * dim, 0.5),
    // Small, so that weights stay in bounds however often the video is seen.
    seconds: new Float64Array(NUM_STEPS),
    labels: seededFloats('bench', 'labels', NUM_STEPS * NUM_LABELS, 0.5, 0.5),
  };
}
