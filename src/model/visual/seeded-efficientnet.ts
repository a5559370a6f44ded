import { inBatches } from '../onnx/in-batches.js';
import { type MeasuredBatch, measureNorms } from '../onnx/calibrate.js';
import { measuringConvNorm } from '../onnx/conv-norm-nodes.js';
import { withStatistics } from '../weights/norm-statistics.js';
import { seededFloats } from '../weights/seeded.js';
import { type SeededConvOptions, seededConvNorm } from '../weights/seeded-conv-norm.js';
import { float32Tensor, numElements, type Tensor, type TensorMap } from '../weights/tensor.js';
import { calibrationFrame } from './calibration-frame.js';
import { buildEfficientNet, FRAMES_INPUT } from './efficientnet-graph.js';
import {
  efficientNetConvNorms,
  efficientNetLayout,
  type SqueezeSpec,
  squeezeShapes,
} from './efficientnet-layout.js';
import { framesTensor } from './visual-extractor.js';

/** Names how weights are made from a seed; another name wherever another network comes out of the same seed. */
export const SEEDED_EFFICIENTNET = 'efficientnet-2';

const NUM_CALIBRATION_FRAMES = 4;
/** Measuring keeps every layer's planes: about 50 MB a frame. */
const FRAMES_PER_BATCH = 8;

/** sigmoid(2) is 0.88 */
const OPEN_GATE = 2;

/** Most of a channel lies where the activation is nearly linear: deep stacks of sharp ones forget what they were shown. */
const ACTIVE: SeededConvOptions = { outputStd: 0.7, shiftMean: 2, shiftSpread: 1 };
const HEAD: SeededConvOptions = { outputStd: 1, shiftMean: 0, shiftSpread: 0.5 };
const PROJECTION: SeededConvOptions = { outputStd: 1, shiftMean: 0, shiftSpread: 0 };
/** What is added to a block's input counts half. */
const RESIDUAL: SeededConvOptions = { outputStd: 0.5, shiftMean: 0, shiftSpread: 0 };

/**
 * Untrained weights for EfficientNet-B0, all from `seed`, so made that linear readouts of the embedding still find what a picture
 * shows. With `statistics` (see `measureEfficientNet`) they are the same on every machine; without, the BatchNorm statistics are
 * measured on generated pictures, about 0.4 s.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where the statistics are not exactly this network's
 */
export async function seededEfficientNetWeights(seed: string, statistics?: TensorMap): Promise<TensorMap> {
  const weights = weightsFrom(seed);
  const norms = efficientNetConvNorms(efficientNetLayout());
  return withStatistics(weights, norms, statistics ?? (await measure(weights, calibrationFrames(seed))));
}

/**
 * BatchNorm statistics of this seed's network on frames, `[224, 224, 3]` uint8 each: running means and variances under the
 * names that they have among the weights.
 * @throws {EvokedError} ERR_MODEL_INPUT where there is no frame, or something that is none
 */
export function measureEfficientNet(
  seed: string,
  frames: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<TensorMap> {
  return measure(weightsFrom(seed), frames);
}

function weightsFrom(seed: string): TensorMap {
  const layout = efficientNetLayout();
  const blocks = layout.blocks.flatMap(({ expand, depthwise, squeeze, project, residual }) => [
    ...(expand === null ? [] : seededConvNorm(seed, expand, ACTIVE)),
    ...seededConvNorm(seed, depthwise, ACTIVE),
    ...seededSqueeze(seed, squeeze),
    ...seededConvNorm(seed, project, residual ? RESIDUAL : PROJECTION),
  ]);
  const stem = seededConvNorm(seed, layout.stem, ACTIVE);
  return new Map([...stem, ...blocks, ...seededConvNorm(seed, layout.head, HEAD)]);
}

function measure(
  weights: TensorMap,
  frames: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<TensorMap> {
  async function* batches(): AsyncGenerator<MeasuredBatch> {
    for await (const batch of inBatches(frames, FRAMES_PER_BATCH)) {
      yield { feeds: { [FRAMES_INPUT]: framesTensor(batch) }, size: batch.length };
    }
  }
  return measureNorms(buildEfficientNet(weights, measuringConvNorm(weights)), batches());
}

function calibrationFrames(seed: string): Uint8Array[] {
  return Array.from({ length: NUM_CALIBRATION_FRAMES }, (_, i) => calibrationFrame(seed, i));
}

/**
 * Gates of 0.9 with a little play. Gates around a half would multiply block by block for pictures that have more contrast
 * than the calibration's, up to a thousandfold.
 */
function seededSqueeze(seed: string, squeeze: SqueezeSpec): [name: string, tensor: Tensor][] {
  return squeezeShapes(squeeze).map(([name, shape]) => {
    const fanIn = shape[1];
    const length = numElements(shape);
    const isGateBias = fanIn === undefined && length === squeeze.channels;
    const scale = fanIn === undefined ? 0 : Math.sqrt(3 / fanIn);
    return [name, float32Tensor(shape, seededFloats(seed, name, length, scale, isGateBias ? OPEN_GATE : 0))];
  });
}
