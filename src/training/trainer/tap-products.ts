import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend/open-backend.js';
import type { LayerWeights } from './layer-weights.js';
import type { TowerInput } from './tower-input.js';

// All products here are plain: wasm multiplies by a transposed argument 50 times slower than by one that was transposed
// before. What is on the right of a product is repacked for every new tensor, so weights stay the same tensors for a step.

/** `y[t] = Σ_tap x[t − lag(tap)] · weight(tap)`, zeros before the first step; a tap's product is shifted as a whole. */
export function stepProduct(tf: TensorFlow, { taps, lags }: LayerWeights, x: Tensor2D): Tensor2D {
  const products = lags.flatMap((lag, tap): Tensor2D[] => {
    return lag < x.shape[0] ? [delayed(tf, tf.matMul(x, taps[tap]!), lag)] : [];
  });
  return sum(tf, products);
}

/** Gradients of `stepProduct`'s input, of the matrix of all taps, and of a bias if the layer has one. */
export function stepGradients(tf: TensorFlow, weights: LayerWeights, x: Tensor2D, dz: Tensor2D): Tensor[] {
  const { tapsAcross, lags, bias } = weights;
  const ofTaps = lags.flatMap((lag, tap): Tensor2D[] => {
    return lag < x.shape[0] ? [advanced(tf, tf.matMul(dz, tapsAcross[tap]!), lag)] : [];
  });
  const across: Tensor2D = tf.transpose(x);
  const pasts = lags.map((lag) => delayedAcross(tf, across, lag));
  const ofMatrix = tf.matMul(pasts.length === 1 ? across : tf.concat(pasts, 0), dz);
  const gradients: Tensor[] = [sum(tf, ofTaps), ofMatrix];
  return bias === null ? gradients : [...gradients, sumOfRows(tf, dz)];
}

/** As `stepProduct`, with the padding that the input brings. */
export function inputProduct(
  tf: TensorFlow,
  { taps, lags, layer }: LayerWeights,
  input: TowerInput,
): Tensor2D {
  const size: [number, number] = [input.numSteps, layer.shape[0]];
  const products = lags.map((lag, tap): Tensor2D => {
    const product: Tensor2D = tf.matMul(input.rows, taps[tap]!);
    return tf.slice(product, [input.span - lag, 0], size);
  });
  return sum(tf, products);
}

/** As `stepGradients`, without the input's: it is data. */
export function inputGradients(
  tf: TensorFlow,
  weights: LayerWeights,
  input: TowerInput,
  dz: Tensor2D,
): Tensor[] {
  const ofTaps = weights.lags.map((lag): Tensor2D => {
    return tf.matMul(input.across, padded(tf, dz, [input.span - lag, lag], [0, 0]));
  });
  const ofMatrix = ofTaps.length === 1 ? ofTaps[0]! : tf.concat(ofTaps, 0);
  return weights.bias === null ? [ofMatrix] : [ofMatrix, sumOfRows(tf, dz)];
}

/** Rows `lag` steps later, zeros before. */
function delayed(tf: TensorFlow, rows: Tensor2D, lag: number): Tensor2D {
  if (lag === 0) return rows;
  const [numRows, width] = rows.shape;
  return padded(tf, tf.slice(rows, [0, 0], [numRows - lag, width]), [lag, 0], [0, 0]);
}

/** Rows `lag` steps earlier, zeros after. */
function advanced(tf: TensorFlow, rows: Tensor2D, lag: number): Tensor2D {
  if (lag === 0) return rows;
  const [numRows, width] = rows.shape;
  return padded(tf, tf.slice(rows, [lag, 0], [numRows - lag, width]), [0, lag], [0, 0]);
}

/** `delayed`, where time runs along the columns; nothing is left of what is not longer than `lag`. */
function delayedAcross(tf: TensorFlow, columns: Tensor2D, lag: number): Tensor2D {
  if (lag === 0) return columns;
  const [height, numColumns] = columns.shape;
  if (lag >= numColumns) return tf.zeros([height, numColumns]);
  return padded(tf, tf.slice(columns, [0, 0], [height, numColumns - lag]), [0, 0], [lag, 0]);
}

function padded(
  tf: TensorFlow,
  values: Tensor2D,
  rows: [number, number],
  columns: [number, number],
): Tensor2D {
  return rows.some(Boolean) || columns.some(Boolean) ? tf.pad(values, [rows, columns]) : values;
}

/** Column sums of `dz`, as a product: its packed form is there already. */
function sumOfRows(tf: TensorFlow, dz: Tensor2D): Tensor {
  return tf.reshape(tf.matMul(tf.ones([1, dz.shape[0]]), dz), [dz.shape[1]]);
}

function sum(tf: TensorFlow, terms: readonly Tensor2D[]): Tensor2D {
  return terms.reduce((total, term): Tensor2D => tf.add(total, term));
}
