import { type ConvNormNodes, foldedConvNorm } from '../onnx/conv-norm-nodes.js';
import { GraphBuilder, type OnnxModel, type Value } from '../onnx/graph-builder.js';
import * as op from '../onnx/operators.js';
import { samePaddedSize, samePadding } from '../onnx/same-padding.js';
import type { ConvNormSpec } from '../weights/conv-norm.js';
import { requireFloats, type TensorMap } from '../weights/tensor.js';
import { MEL_BANDS, MEL_FRAMES } from './log-mel.js';
import { AUDIO_DIM, EMBEDDING_LAYER, mobileNetLayout } from './mobilenet-layout.js';

/** Input of the graph: `[N, 96, 64]` float32 log-mel pictures. */
export const LOG_MEL_INPUT = 'logmel';
/** Output of the graph: `[N, 2048]` float32. */
export const EMBEDDING_OUTPUT = 'embedding';

/** A picture with its two sizes, which SAME padding depends on. */
interface Plane {
  readonly value: Value;
  readonly height: number;
  readonly width: number;
}

/**
 * MobileNet on 96x64 log-mel pictures, with TensorFlow's SAME padding, global average pooling and a dense layer of 2048
 * outputs: the kind and the cost of network that TRILL-distilled is.
 * @param convNorm how convolutions and their BatchNorms are put into the graph
 * @throws {EvokedError} ERR_MODEL_WEIGHTS that names the tensor which is missing or has another shape
 */
export function buildMobileNet(
  tensors: TensorMap,
  convNorm: ConvNormNodes = foldedConvNorm(tensors),
): OnnxModel {
  const graph = new GraphBuilder('audio-mobilenet');
  const layout = mobileNetLayout();
  const zero = graph.floats('zero', [], Float32Array.of(0));
  const six = graph.floats('six', [], Float32Array.of(6));

  function convNormRelu(plane: Plane, spec: ConvNormSpec): Plane {
    const padding = samePadding(plane.height, plane.width, spec.kernelSize, spec.stride);
    const value = convNorm(graph, plane.value, spec, padding);
    return {
      value: op.relu6(graph, value, zero, six),
      height: samePaddedSize(plane.height, spec.stride),
      width: samePaddedSize(plane.width, spec.stride),
    };
  }

  const pictures = graph.input(LOG_MEL_INPUT, 'float32', ['N', MEL_FRAMES, MEL_BANDS]);
  const planes = op.reshape(graph, pictures, [-1, 1, MEL_FRAMES, MEL_BANDS]);
  let plane = convNormRelu({ value: planes, height: MEL_FRAMES, width: MEL_BANDS }, layout.stem);
  for (const { depthwise, pointwise } of layout.blocks) {
    plane = convNormRelu(convNormRelu(plane, depthwise), pointwise);
  }
  const pooled = op.flatten(graph, op.globalAveragePool(graph, plane.value));
  const [weight, bias] = [
    [`${EMBEDDING_LAYER}.weight`, [AUDIO_DIM, layout.pooledChannels]] as const,
    [`${EMBEDDING_LAYER}.bias`, [AUDIO_DIM]] as const,
  ].map(([name, shape]) => graph.floats(name, shape, requireFloats(tensors, name, shape))) as [Value, Value];
  const embedding = op.gemm(graph, pooled, weight, bias, { transposeWeight: true });
  graph.output(EMBEDDING_OUTPUT, embedding, 'float32', ['N', AUDIO_DIM]);
  return graph.build();
}
