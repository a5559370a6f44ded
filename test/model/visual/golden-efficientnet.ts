import { FRAME_BYTES, FRAME_SIZE } from '../../../src/core/time-grid.js';
import { seededFloats, seededUniform } from '../../../src/model/weights/seeded.js';
import { float32Tensor, numElements, type TensorMap } from '../../../src/model/weights/tensor.js';
import { type GoldenArray, goldenFloats, readGolden } from '../weights/golden-array.js';

/** timm's tf_efficientnet_b0: weights and pictures by recipe, features by PyTorch. */
export interface GoldenEfficientNet {
  readonly tensors: TensorMap;
  /** Three pictures `[224, 224, 3]`. */
  readonly frames: readonly Uint8Array[];
  /** `[3, 1280]`. */
  readonly features: Float32Array;
}

interface GoldenFile {
  readonly salt: string;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly features: GoldenArray;
}

export function goldenEfficientNet(): GoldenEfficientNet {
  const file = readGolden<GoldenFile>('efficientnet-b0');
  const tensors = Object.entries(file.tensors).map(([name, shape]) => {
    const [scale, offset] = recipe(name, shape);
    const values = seededFloats(file.salt, name, numElements(shape), scale, offset);
    return [name, float32Tensor(shape, values)] as const;
  });
  const frames = [0, 1, 2].map((i) => goldenFrame(file.salt, i));
  return { tensors: new Map(tensors), frames, features: goldenFloats(file.features) };
}

function recipe(name: string, shape: readonly number[]): [scale: number, offset: number] {
  if (shape.length === 4) return [Math.sqrt(6 / numElements(shape.slice(1))), 0];
  if (name.endsWith('running_mean')) return [0.1, 0];
  if (name.endsWith('running_var')) return [0.25, 1];
  return name.endsWith('.weight') ? [0.1, 1] : [0.1, 0];
}

function goldenFrame(salt: string, index: number): Uint8Array {
  const uniform = seededUniform(salt, `image${index}`);
  const frame = new Uint8Array(FRAME_BYTES);
  for (let i = 0; i < FRAME_BYTES; i++) {
    const x = Math.floor(i / 3) % FRAME_SIZE;
    const y = Math.floor(i / 3 / FRAME_SIZE);
    const noise = Math.floor((uniform() * 0.5 + 0.5) * 256);
    const base = [(x * (index + 1)) % 256, (y * (index + 2)) % 256, ((x + y) * 2) % 256][i % 3]!;
    const isBlack = index === 2 && (y <= 48 || y >= 175);
    frame[i] = isBlack ? 0 : Math.floor((noise + 3 * base) / 4);
  }
  return frame;
}
