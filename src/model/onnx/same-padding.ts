import type { Padding } from './operators.js';

/** Size of the output of a SAME-padded convolution along one axis: ceil(size / stride). */
export function samePaddedSize(size: number, stride: number): number {
  return Math.ceil(size / stride);
}

/**
 * TensorFlow's SAME padding: just enough zeros for ceil(size / stride) outputs, and where their number is odd the
 * extra one goes to the bottom and to the right. At stride 2 on even sizes this is not symmetric.
 */
export function samePadding(height: number, width: number, kernelSize: number, stride: number): Padding {
  const [top, bottom] = axisPadding(height, kernelSize, stride);
  const [left, right] = axisPadding(width, kernelSize, stride);
  return [top, left, bottom, right];
}

function axisPadding(size: number, kernelSize: number, stride: number): [before: number, after: number] {
  const total = Math.max((samePaddedSize(size, stride) - 1) * stride + kernelSize - size, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}
