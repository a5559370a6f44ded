import { Tensor as OrtTensor } from 'onnxruntime-node';
import { FRAME_BYTES, FRAME_SIZE } from '../../core/time-grid.js';
import { calibrate } from '../onnx/calibrate.js';
import { measuringConvNorm } from '../onnx/conv-norm-nodes.js';
import { seededFloats } from '../weights/seeded.js';
import { type SeededConvOptions, seededConvNorm } from '../weights/seeded-conv-norm.js';
import { float32Tensor, numElements, type Tensor, type TensorMap } from '../weights/tensor.js';
import { calibrationFrame } from './calibration-frame.js';
import { buildEfficientNet, FRAMES_INPUT } from './efficientnet-graph.js';
import { efficientNetLayout, type SqueezeSpec, squeezeShapes } from './efficientnet-layout.js';

/** Names how weights are made from a seed; another name wherever another network comes out of the same seed. */
export const SEEDED_EFFICIENTNET = 'efficientnet-1';

const NUM_CALIBRATION_FRAMES = 4;

/** sigmoid(2) is 0.88 */
const OPEN_GATE = 2;

const ACTIVE: SeededConvOptions = { outputStd: 1, shiftMean: 1, shiftSpread: 1 };
const HEAD: SeededConvOptions = { outputStd: 1, shiftMean: 0, shiftSpread: 0.5 };
const PROJECTION: SeededConvOptions = { outputStd: 1, shiftMean: 0, shiftSpread: 0 };

/**
 * Untrained weights for EfficientNet-B0, all from `seed`; the BatchNorm statistics are measured on generated pictures, so
 * that embeddings have the scale of trained ones and different pictures give different ones. About 0.3 s.
 */
export async function seededEfficientNetWeights(seed: string): Promise<TensorMap> {
  const layout = efficientNetLayout();
  const blocks = layout.blocks.flatMap(({ expand, depthwise, squeeze, project }) => [
    ...(expand === null ? [] : seededConvNorm(seed, expand, ACTIVE)),
    ...seededConvNorm(seed, depthwise, ACTIVE),
    ...seededSqueeze(seed, squeeze),
    ...seededConvNorm(seed, project, PROJECTION),
  ]);
  const stem = seededConvNorm(seed, layout.stem, ACTIVE);
  const tensors = new Map([...stem, ...blocks, ...seededConvNorm(seed, layout.head, HEAD)]);

  const frames = new Uint8Array(NUM_CALIBRATION_FRAMES * FRAME_BYTES);
  for (let i = 0; i < NUM_CALIBRATION_FRAMES; i++) frames.set(calibrationFrame(seed, i), i * FRAME_BYTES);
  const shape = [NUM_CALIBRATION_FRAMES, FRAME_SIZE, FRAME_SIZE, 3];
  const model = buildEfficientNet(tensors, measuringConvNorm(tensors));
  return calibrate(tensors, model, {
    [FRAMES_INPUT]: new OrtTensor('uint8', frames, shape),
  });
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
