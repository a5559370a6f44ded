import { readFileSync } from 'node:fs';
import { NUM_LABELS } from '../../../src/core/labels.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import type { TensorMap } from '../../../src/model/weights/tensor.js';
import type { TrainingSequence } from '../../../src/training/sequence.js';
import { recipeTensor } from '../../model/tower/golden-tower.js';

/** Five steps of the authors' model, loss and SGD in PyTorch: weights before, losses, and weights after. */
export interface GoldenTraining {
  readonly embeddingDim: number;
  readonly shape: {
    readonly numChannels: number;
    readonly numStacks: number;
    readonly numLevels: number;
    readonly kernelSize: number;
    readonly numHidden: number;
  };
  readonly before: TensorMap;
  readonly videos: readonly TrainingSequence[];
  /** One a step, the mean over the videos. */
  readonly losses: readonly number[];
  readonly after: ReadonlyMap<string, Float32Array>;
}

interface GoldenFile {
  readonly salt: string;
  readonly prefix: string;
  readonly config: Readonly<Record<'width' | 'channels' | 'stacks' | 'levels' | 'kernel' | 'hidden', number>>;
  readonly losses: readonly number[];
  readonly after: Readonly<Record<string, { readonly shape: readonly number[]; readonly base64: string }>>;
}

const NUM_VIDEOS = 4;

/** Reads `test/fixtures/golden/training.json` and makes its weights and videos. */
export function goldenTraining(): GoldenTraining {
  const url = new URL('../../fixtures/golden/training.json', import.meta.url);
  const { salt, prefix, config, losses, after } = JSON.parse(readFileSync(url, 'utf8')) as GoldenFile;
  const { width, channels, stacks, levels, kernel, hidden } = config;
  const tensors = Object.entries(after);
  const videos = Array.from({ length: NUM_VIDEOS }, (_, video): TrainingSequence => {
    const numSteps = 40 + 10 * video;
    return {
      id: `video${video}`,
      modality: 'audio',
      numSteps,
      embeddings: seededFloats(salt, `${prefix}input${video}`, numSteps * width, 0.5),
      seconds: Float64Array.from({ length: numSteps }, (_, step) => step / 6),
      labels: seededFloats(salt, `${prefix}label${video}`, numSteps * NUM_LABELS, 0.5, 0.5),
    };
  });
  return {
    embeddingDim: width,
    shape: {
      numChannels: channels,
      numStacks: stacks,
      numLevels: levels,
      kernelSize: kernel,
      numHidden: hidden,
    },
    before: new Map(tensors.map(([name, { shape }]) => [name, recipeTensor(salt, prefix + name, shape)])),
    videos,
    losses,
    after: new Map(tensors.map(([name, { base64 }]) => [name, floats(base64)])),
  };
}

function floats(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}
