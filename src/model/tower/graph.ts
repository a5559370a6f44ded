import { GraphBuilder, type OnnxModel, type Value } from '../onnx/graph-builder.js';
import { add, concat, gemm, relu } from '../onnx/operators.js';
import { writeGemmLayout } from './gemm-layout.js';
import { type ConvLayer, type ConvSpec, convSpan, layerSpec, numWeights } from './spec.js';
import type { TowerWeights } from './weights.js';

/** Names of a tower graph's inputs and outputs. */
export const TOWER_GRAPH = {
  /** `[rows, numInputs]`: one row for each step of each stream. */
  x: 'x',
  /** `[rows, numLabels]`. */
  scores: 'scores',
  /** Past inputs of convolution `conv` that the rows read: `[pastRows, inChannels]`. */
  past: (conv: number) => `past${conv}`,
  /** New inputs of convolution `conv`, `[rows, inChannels]`; not for convolution 0, whose input is `x`. */
  input: (conv: number) => `input${conv}`,
  /**
   * Where the rows' taps are, for all convolutions of one reach: `[rows, kernelSize]` into `past` with `input` below it,
   * oldest first.
   */
  taps: (reach: string) => `taps_${reach}`,
} as const;

/** Convolutions of the same reach read the same steps, so they share their tap indices. */
export function convReach(conv: ConvSpec): string {
  return `${conv.kernelSize}x${conv.dilation}`;
}

/**
 * One graph that steps any mix of streams, any number of steps each: a row is one step of one stream. For each
 * convolution `[past; input]` is gathered to `[rows, kernelSize · inChannels]` and multiplied once.
 * Where a tap lies within the same call it is found among the rows, where before it among the past inputs; so one step of
 * 32 streams, and 64 steps of one stream, take the same graph and the same copy of the weights.
 */
export function towerGraph(weights: TowerWeights): OnnxModel {
  const { spec } = weights;
  const graph = new GraphBuilder('tower');
  let value = graph.input(TOWER_GRAPH.x, 'float32', ['rows', spec.numInputs]);
  const taps = new Map<string, Value>();
  const tapped = (index: number, convSpec: ConvSpec, input: Value): Value => {
    if (convSpan(convSpec) === 0) return input;
    const { inChannels, kernelSize } = convSpec;
    const reach = convReach(convSpec);
    const indices = taps.get(reach) ?? graph.input(TOWER_GRAPH.taps(reach), 'int64', ['rows', kernelSize]);
    taps.set(reach, indices);
    const past = graph.input(TOWER_GRAPH.past(index), 'float32', [`pastRows_${reach}`, inChannels]);
    const gathered = graph.node('Gather', [concat(graph, [past, input], 0), indices], { axis: { int: 0 } });
    return graph.node('Reshape', [gathered, graph.integers([-1, kernelSize * inChannels])]);
  };
  const layouts = new Layouts(numWeights(spec));
  const convolve = (name: string, block: number, layer: ConvLayer, input: Value) => {
    const { inChannels, outChannels, kernelSize } = layerSpec(spec.blocks[block]!, layer);
    const { weight, bias } = weights.conv(block, layer);
    const layout = layouts.add(weight, outChannels, inChannels, kernelSize);
    const weightValue = graph.floats(`${name}.weight`, [kernelSize * inChannels, outChannels], layout);
    return gemm(graph, input, weightValue, graph.floats(`${name}.bias`, [outChannels], bias.slice()));
  };
  for (const [block, { conv1, conv2, hasDownsample }] of spec.blocks.entries()) {
    if (block > 0) graph.output(TOWER_GRAPH.input(2 * block), value, 'float32', ['rows', conv1.inChannels]);
    const hidden = relu(graph, convolve(`${block}.conv1`, block, 'conv1', tapped(2 * block, conv1, value)));
    graph.output(TOWER_GRAPH.input(2 * block + 1), hidden, 'float32', ['rows', conv2.inChannels]);
    const out = relu(graph, convolve(`${block}.conv2`, block, 'conv2', tapped(2 * block + 1, conv2, hidden)));
    const residual = hasDownsample ? convolve(`${block}.downsample`, block, 'downsample', value) : value;
    value = relu(graph, add(graph, out, residual));
  }
  const channels = spec.blocks.at(-1)!.conv2.outChannels;
  const linear = (index: 0 | 1, input: Value, inChannels: number, outChannels: number) => {
    const layout = layouts.add(weights.regression(index), outChannels, inChannels, 1);
    return gemm(graph, input, graph.floats(`regression.${index}`, [inChannels, outChannels], layout));
  };
  const hidden = relu(graph, linear(0, value, channels, spec.numHidden));
  const scores = linear(1, hidden, spec.numHidden, spec.numLabels);
  graph.output(TOWER_GRAPH.scores, scores, 'float32', ['rows', spec.numLabels]);
  return graph.build();
}

/**
 * All matrices in one array. Several megabytes at a time, the C library keeps what was freed; one allocation of 64 MB goes
 * back to the system.
 */
class Layouts {
  readonly #values: Float32Array;
  #used = 0;

  constructor(numValues: number) {
    this.#values = new Float32Array(numValues);
  }

  add(weight: Float32Array, outChannels: number, inChannels: number, kernelSize: number): Float32Array {
    const layout = this.#values.subarray(this.#used, this.#used + weight.length);
    this.#used += weight.length;
    writeGemmLayout(layout, weight, outChannels, inChannels, kernelSize);
    return layout;
  }
}
