import { type GraphBuilder, MICROSOFT_DOMAIN, type Value } from './graph-builder.js';

/** Zeros added at the borders of a picture, in ONNX's order. */
export type Padding = readonly [top: number, left: number, bottom: number, right: number];

/** How a 2-D convolution walks. */
export interface ConvOptions {
  readonly stride?: number;
  readonly padding?: Padding;
  /** Number of groups; as many as channels for a depthwise convolution. */
  readonly groups?: number;
}

/** 2-D convolution of `[N, C, H, W]` with weights `[outChannels, C / groups, kH, kW]` and an optional bias. */
export function conv2d(
  graph: GraphBuilder,
  x: Value,
  weight: Value,
  bias: Value | '',
  { stride = 1, padding = [0, 0, 0, 0], groups = 1 }: ConvOptions = {},
): Value {
  return graph.node('Conv', bias === '' ? [x, weight] : [x, weight, bias], {
    strides: { ints: [stride, stride] },
    pads: { ints: padding },
    group: { int: groups },
  });
}

/**
 * `x · weight (+ bias)` for `[N, in]`; `weight` is `[in, out]`, or `[out, in]` with `transposeWeight`.
 * A bias may also be a computed `[N, out]`, so that products can be summed without an extra pass.
 */
export function gemm(
  graph: GraphBuilder,
  x: Value,
  weight: Value,
  bias: Value | '' = '',
  { transposeWeight = false }: { readonly transposeWeight?: boolean } = {},
): Value {
  return graph.node('Gemm', bias === '' ? [x, weight] : [x, weight, bias], {
    transB: { int: transposeWeight ? 1 : 0 },
  });
}

/** max(x, 0). */
export function relu(graph: GraphBuilder, x: Value): Value {
  return graph.node('Relu', [x]);
}

/** min(max(x, 0), 6), as MobileNets use it. */
export function relu6(graph: GraphBuilder, x: Value, zero: Value, six: Value): Value {
  return graph.node('Clip', [x, zero, six]);
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(graph: GraphBuilder, x: Value): Value {
  return graph.node('Sigmoid', [x]);
}

/** x · sigmoid(x), as one operation of ONNX Runtime's. */
export function silu(graph: GraphBuilder, x: Value): Value {
  return graph.node('QuickGelu', [x], { alpha: { float: 1 } }, MICROSOFT_DOMAIN);
}

/** Element-wise sum, with broadcasting. */
export function add(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.node('Add', [a, b]);
}

/** Element-wise product, with broadcasting. */
export function multiply(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.node('Mul', [a, b]);
}

/** Joins tensors along an axis. */
export function concat(graph: GraphBuilder, values: readonly Value[], axis: number): Value {
  return graph.node('Concat', values, { axis: { int: axis } });
}

/** `x[…, start:end, …]` along one axis. */
export function slice(graph: GraphBuilder, x: Value, axis: number, start: number, end: number): Value {
  const bounds = [[start], [end], [axis]].map((values) => graph.integers(values));
  return graph.node('Slice', [x, ...bounds]);
}

/** Reorders axes. */
export function transpose(graph: GraphBuilder, x: Value, order: readonly number[]): Value {
  return graph.node('Transpose', [x], { perm: { ints: order } });
}

/** Any element type → float32. */
export function castToFloat(graph: GraphBuilder, x: Value): Value {
  return graph.node('Cast', [x], { to: { int: 1 } });
}

/** `[N, C, H, W]` → `[N, C, 1, 1]`, the mean over H and W. */
export function globalAveragePool(graph: GraphBuilder, x: Value): Value {
  return graph.node('GlobalAveragePool', [x]);
}

/** Joins all axes after the first: `[N, …]` → `[N, values]`. */
export function flatten(graph: GraphBuilder, x: Value): Value {
  return graph.node('Flatten', [x], { axis: { int: 1 } });
}

/** The same values in another shape; -1 stands for what is left over. */
export function reshape(graph: GraphBuilder, x: Value, shape: readonly number[]): Value {
  return graph.node('Reshape', [x, graph.integers(shape)]);
}

/** `[N, C, H, W]` → `[1, C, 1, 1]`, the mean over pictures and places. */
export function planeMean(graph: GraphBuilder, x: Value): Value {
  return graph.node('ReduceMean', [x], { axes: { ints: [0, 2, 3] }, keepdims: { int: 1 } });
}

/** Element-wise difference, with broadcasting. */
export function subtract(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.node('Sub', [a, b]);
}

/** Element-wise quotient, with broadcasting. */
export function divide(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.node('Div', [a, b]);
}

/** Element-wise square root. */
export function squareRoot(graph: GraphBuilder, x: Value): Value {
  return graph.node('Sqrt', [x]);
}
