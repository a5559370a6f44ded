import { readFileSync } from 'node:fs';
import type { TowerSpec } from '../../../src/model/tower/spec.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { float32Tensor, type Tensor, type TensorMap } from '../../../src/model/weights/tensor.js';

/** A tower of the reference files: weights and inputs by recipe, scores by the authors' PyTorch code. */
export interface GoldenTower {
  readonly config: { readonly width: number; readonly position: boolean; readonly weightNorm: boolean };
  readonly tensors: TensorMap;
  /** Number of kept steps. */
  readonly numSteps: number;
  /** `[numSteps, inputs]`. */
  readonly x: Float32Array;
  /** `[numSteps, labels]`. */
  readonly scores: Float32Array;
}

interface GoldenFile {
  readonly salt: string;
  readonly prefix: string;
  readonly config: GoldenTower['config'];
  readonly kept: readonly number[];
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly scores: { readonly base64: string };
}

/** The weights that the reference files' recipe gives to a tensor of this name and shape. */
export function recipeTensor(salt: string, name: string, shape: readonly number[]): Tensor {
  const length = shape.reduce((product, size) => product * size, 1);
  const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
  if (name.endsWith('weight_g')) return float32Tensor(shape, seededFloats(salt, name, length, 0.2, 1));
  const scale = shape.length > 1 ? Math.sqrt(3 / fanIn) : 0.1;
  return float32Tensor(shape, seededFloats(salt, name, length, scale));
}

/** Reads `test/fixtures/golden/tcn-<name>.json` and makes its weights and inputs. */
export function goldenTower(name: string): GoldenTower {
  const url = new URL(`../../fixtures/golden/tcn-${name}.json`, import.meta.url);
  const file = JSON.parse(readFileSync(url, 'utf8')) as GoldenFile;
  const { salt, prefix, config, kept } = file;
  const tensors = new Map(
    Object.entries(file.tensors).map(([key, shape]) => [key, recipeTensor(salt, prefix + key, shape)]),
  );
  const features = seededFloats(salt, `${prefix}input`, 260 * config.width, 0.5);
  const numInputs = config.width + (config.position ? 1 : 0);
  const x = new Float32Array(kept.length * numInputs);
  for (const [row, step] of kept.entries()) {
    x.set(features.subarray(step * config.width, (step + 1) * config.width), row * numInputs);
    if (config.position) x[row * numInputs + config.width] = step / 6;
  }
  const bytes = Uint8Array.from(Buffer.from(file.scores.base64, 'base64'));
  return { config, tensors, numSteps: kept.length, x, scores: new Float32Array(bytes.buffer) };
}

/** Tensors by recipe for any spec, under the authors' names. */
export function recipeTower(salt: string, spec: TowerSpec): TensorMap {
  const tensors = new Map<string, Tensor>();
  const put = (name: string, shape: readonly number[]) => tensors.set(name, recipeTensor(salt, name, shape));
  for (const [block, { conv1, conv2, hasDownsample }] of spec.blocks.entries()) {
    const level = Math.log2(conv1.dilation);
    const stack = spec.blocks
      .slice(0, block)
      .filter(({ conv1: { dilation } }) => dilation === conv1.dilation);
    const base = `temporal_test.${stack.length}.network.${level}`;
    for (const [layer, conv] of [['conv1', conv1] as const, ['conv2', conv2] as const]) {
      put(`${base}.${layer}.weight`, [conv.outChannels, conv.inChannels, conv.kernelSize]);
      put(`${base}.${layer}.bias`, [conv.outChannels]);
    }
    if (!hasDownsample) continue;
    put(`${base}.downsample.weight`, [conv2.outChannels, conv1.inChannels, 1]);
    put(`${base}.downsample.bias`, [conv2.outChannels]);
  }
  const channels = spec.blocks.at(-1)!.conv2.outChannels;
  put('regression_test.0.weight', [spec.numHidden, channels]);
  put('regression_test.2.weight', [spec.numLabels, spec.numHidden]);
  return tensors;
}

/** Largest |a − b| as a share of the largest |b|. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(distance)) return NaN;
    difference = Math.max(difference, distance);
    largest = Math.max(largest, Math.abs(b[i]!));
  }
  return difference / largest;
}
