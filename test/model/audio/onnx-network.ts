import type { Attribute } from '../../../src/model/onnx/attribute.js';
import { type Dimension, GraphBuilder, type Value } from '../../../src/model/onnx/graph-builder.js';

/** A network that is small enough to be written without weights: the input's mean over time, spread over 2048 outputs. */
export interface TinyNetwork {
  readonly input: readonly Dimension[];
  /** What becomes of the input before it is `[N, 64]`. */
  readonly reduce: 'logmel' | 'logmel-channel-last' | 'logmel-channel-first' | 'waveform' | 'waveform-alone';
  readonly inputName?: string;
  /** Embeddings per segment; an axis of its own where it is given. */
  readonly numTimes?: number;
  /** Values of one embedding. */
  readonly dim?: number;
  /** Further outputs. */
  readonly alsoOutput?: readonly ('input' | 'second-embedding')[];
  readonly outputName?: string;
  /** An int64 input that the embeddings are multiplied by. */
  readonly rateInput?: string;
  /** Subtracts the mean over the batch: rows then depend on their neighbours. */
  readonly mixesRows?: boolean;
}

/** Bytes of an ONNX file. Embedding value i of a log-mel network is the mean over time of band i % 64. */
export function tinyAudioNetwork(network: TinyNetwork): Uint8Array {
  const graph = new GraphBuilder('tiny-audio');
  const input = graph.input(network.inputName ?? 'input', 'float32', network.input);
  const mean = (
    value: Value,
    axes: readonly number[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ) => graph.node('ReduceMean', [value], { axes: { ints: axes }, ...attributes });
  const drop = { keepdims: { int: 0 } };
  let rows: Value;
  switch (network.reduce) {
    case 'logmel':
      rows = mean(input, [1], drop);
      break;
    case 'logmel-channel-last':
      rows = mean(input, [1, 3], drop);
      break;
    case 'logmel-channel-first':
      rows = mean(input, [1, 2], drop);
      break;
    case 'waveform':
    case 'waveform-alone': {
      const squared = graph.node('Mul', [input, input]);
      rows = mean(graph.node('Reshape', [squared, graph.integers([-1, 64, 250])]), [2], drop);
    }
  }
  if (network.mixesRows === true) rows = graph.node('Sub', [rows, mean(rows, [0])]);
  if (network.rateInput !== undefined) {
    const rate = graph.input(network.rateInput, 'int64', []);
    rows = graph.node('Mul', [rows, graph.node('Cast', [rate], { to: { int: 1 } })]);
  }
  const dim = network.dim ?? 2048;
  const wide = graph.node('Tile', [rows, graph.integers([1, dim / 64])]);
  let embedding = wide;
  let shape: Dimension[] = ['N', dim];
  if (network.numTimes !== undefined) {
    const one = graph.node('Reshape', [wide, graph.integers([-1, 1, dim])]);
    // Times that differ, so that a mean over them is seen: the first is 0, the rest are the embedding.
    const rest = graph.node('Tile', [one, graph.integers([1, network.numTimes - 1, 1])]);
    const none = graph.node('Sub', [one, one]);
    embedding = graph.node('Concat', [none, rest], { axis: { int: 1 } });
    shape = ['N', network.numTimes, dim];
  }
  graph.output(network.outputName ?? 'output', embedding, 'float32', shape);
  if (network.alsoOutput?.includes('input') === true) graph.output('logmel', input, 'float32', network.input);
  if (network.alsoOutput?.includes('second-embedding') === true)
    graph.output('layer19', wide, 'float32', ['N', dim]);
  return graph.build().bytes;
}
