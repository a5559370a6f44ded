import { FRAME_SIZE } from '../../core/time-grid.js';
import { type ConvNormNodes, foldedConvNorm } from '../onnx/conv-norm-nodes.js';
import { GraphBuilder, type OnnxModel, type Value } from '../onnx/graph-builder.js';
import * as op from '../onnx/operators.js';
import { samePaddedSize, samePadding } from '../onnx/same-padding.js';
import type { ConvNormSpec } from '../weights/conv-norm.js';
import { requireFloats, type TensorMap } from '../weights/tensor.js';
import {
  type BlockSpec,
  efficientNetLayout,
  type SqueezeSpec,
  squeezeShapes,
  VISUAL_DIM,
} from './efficientnet-layout.js';

/** Input of the graph: `[N, 224, 224, 3]` uint8, RGB. */
export const FRAMES_INPUT = 'frames';
/** Output of the graph: `[N, 1280]` float32, after global pooling. */
export const EMBEDDING_OUTPUT = 'embedding';

const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/** Picture and the side of its square, which SAME padding depends on. */
interface Plane {
  readonly value: Value;
  readonly size: number;
}

/**
 * EfficientNet-B0 in its TensorFlow flavour (SAME padding, BatchNorm eps 1e-3), from timm's tensor names
 * (`tf_efficientnet_b0`). Tensors of the classifier are ignored. Agrees with timm to 2e-4 a value.
 * @param convNorm how convolutions and their BatchNorms are put into the graph
 * @throws {EvokedError} ERR_MODEL_WEIGHTS that names the tensor which is missing or has another shape
 */
export function buildEfficientNet(
  tensors: TensorMap,
  convNorm: ConvNormNodes = foldedConvNorm(tensors),
): OnnxModel {
  return new EfficientNetBuilder(tensors, convNorm).build();
}

class EfficientNetBuilder {
  readonly #tensors: TensorMap;
  readonly #convNorm: ConvNormNodes;
  readonly #graph = new GraphBuilder('efficientnet-b0');

  constructor(tensors: TensorMap, convNorm: ConvNormNodes) {
    this.#tensors = tensors;
    this.#convNorm = convNorm;
  }

  build(): OnnxModel {
    const graph = this.#graph;
    const layout = efficientNetLayout();
    const frames = graph.input(FRAMES_INPUT, 'uint8', ['N', FRAME_SIZE, FRAME_SIZE, 3]);
    let plane: Plane = { value: this.#normalise(frames), size: FRAME_SIZE };
    plane = this.#activate(this.#conv(plane, layout.stem));
    for (const block of layout.blocks) plane = this.#block(plane, block);
    plane = this.#activate(this.#conv(plane, layout.head));
    const pooled = op.flatten(graph, op.globalAveragePool(graph, plane.value));
    graph.output(EMBEDDING_OUTPUT, pooled, 'float32', ['N', VISUAL_DIM]);
    return graph.build();
  }

  /** (p / 255 - mean) / std as one product and one sum. */
  #normalise(frames: Value): Value {
    const graph = this.#graph;
    const scale = IMAGENET_STD.map((std) => 1 / (255 * std));
    const shift = IMAGENET_MEAN.map((mean, i) => -mean / IMAGENET_STD[i]!);
    const planes = op.castToFloat(graph, op.transpose(graph, frames, [0, 3, 1, 2]));
    const scaled = op.multiply(graph, planes, graph.floats('scale', [1, 3, 1, 1], Float32Array.from(scale)));
    return op.add(graph, scaled, graph.floats('shift', [1, 3, 1, 1], Float32Array.from(shift)));
  }

  #block(input: Plane, block: BlockSpec): Plane {
    const graph = this.#graph;
    let plane = input;
    if (block.expand !== null) plane = this.#activate(this.#conv(plane, block.expand));
    plane = this.#activate(this.#conv(plane, block.depthwise));
    plane = { ...plane, value: this.#squeezeExcite(plane.value, block.squeeze) };
    plane = this.#conv(plane, block.project);
    return block.residual ? { ...plane, value: op.add(graph, plane.value, input.value) } : plane;
  }

  #squeezeExcite(x: Value, squeeze: SqueezeSpec): Value {
    const graph = this.#graph;
    const [reduceWeight, reduceBias, expandWeight, expandBias] = squeezeShapes(squeeze).map(([name, shape]) =>
      graph.floats(name, shape, requireFloats(this.#tensors, name, shape)),
    ) as [Value, Value, Value, Value];
    const pooled = op.globalAveragePool(graph, x);
    const reduced = op.silu(graph, op.conv2d(graph, pooled, reduceWeight, reduceBias));
    const gate = op.sigmoid(graph, op.conv2d(graph, reduced, expandWeight, expandBias));
    return op.multiply(graph, x, gate);
  }

  #conv(plane: Plane, spec: ConvNormSpec): Plane {
    const padding = samePadding(plane.size, plane.size, spec.kernelSize, spec.stride);
    const value = this.#convNorm(this.#graph, plane.value, spec, padding);
    return { value, size: samePaddedSize(plane.size, spec.stride) };
  }

  #activate(plane: Plane): Plane {
    return { ...plane, value: op.silu(this.#graph, plane.value) };
  }
}
