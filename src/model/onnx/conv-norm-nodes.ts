import { type ConvNormSpec, convNormShapes, convShape, foldConvNorm } from '../weights/conv-norm.js';
import { requireFloats, type TensorMap } from '../weights/tensor.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import * as op from './operators.js';

/** TensorFlow's BatchNorm epsilon; PyTorch's 1e-5 gives other features. */
const NORM_EPSILON = 1e-3;

/** Adds one convolution with its BatchNorm to a graph. */
export type ConvNormNodes = (graph: GraphBuilder, x: Value, spec: ConvNormSpec, padding: op.Padding) => Value;

/**
 * For inference: the BatchNorm, with the statistics that the weights hold, folded into the convolution.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where a tensor is missing or has another shape (when called)
 */
export function foldedConvNorm(tensors: TensorMap): ConvNormNodes {
  return (graph, x, spec, padding) => {
    const { weight, bias } = foldConvNorm(tensors, spec, NORM_EPSILON);
    const weightValue = graph.floats(`${spec.conv}.weight`, convShape(spec), weight);
    const biasValue = graph.floats(`${spec.conv}.bias`, [spec.outChannels], bias);
    return op.conv2d(graph, x, weightValue, biasValue, convOptions(spec, padding));
  };
}

/**
 * For calibration: the BatchNorm as in training, with the statistics of the batch that the graph is run on, which become
 * outputs named as their tensors: `<norm>.running_mean` and `<norm>.running_var`, each `[1, outChannels, 1, 1]`.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where a tensor is missing or has another shape (when called)
 */
export function measuringConvNorm(tensors: TensorMap): ConvNormNodes {
  return (graph, x, spec, padding) => {
    const [weight, scale, shift, mean, variance] = convNormShapes(spec) as [
      Named,
      Named,
      Named,
      Named,
      Named,
    ];
    const constant = ([name, shape]: Named, as: readonly number[]): Value =>
      graph.floats(name, as, requireFloats(tensors, name, shape));
    const planes = [1, spec.outChannels, 1, 1];
    const product = op.conv2d(graph, x, constant(weight, weight[1]), '', convOptions(spec, padding));
    const measuredMean = op.planeMean(graph, product);
    const centred = op.subtract(graph, product, measuredMean);
    const measuredVariance = op.planeMean(graph, op.multiply(graph, centred, centred));
    graph.output(mean[0], measuredMean, 'float32', planes);
    graph.output(variance[0], measuredVariance, 'float32', planes);
    const epsilon = graph.floats(`${spec.norm}.epsilon`, [1], Float32Array.of(NORM_EPSILON));
    const deviation = op.squareRoot(graph, op.add(graph, measuredVariance, epsilon));
    const factor = op.divide(graph, constant(scale, planes), deviation);
    return op.add(graph, op.multiply(graph, centred, factor), constant(shift, planes));
  };
}

type Named = [name: string, shape: readonly number[]];

function convOptions(spec: ConvNormSpec, padding: op.Padding): op.ConvOptions {
  return { stride: spec.stride, padding, groups: spec.depthwise ? spec.inChannels : 1 };
}
