/** Euclidean norm of each of the `numRows` rows of a weight: over all dimensions but the first, as PyTorch's weight_norm. */
export function rowNorms(weight: Float32Array, numRows: number): Float32Array {
  const rowLength = weight.length / numRows;
  return Float32Array.from({ length: numRows }, (_, row) => {
    let sumOfSquares = 0;
    for (let i = row * rowLength; i < (row + 1) * rowLength; i++) sumOfSquares += weight[i]! ** 2;
    return Math.sqrt(sumOfSquares);
  });
}

/** `gain · direction / ‖direction‖` of each row. */
export function weightOfGain(gain: Float32Array, direction: Float32Array): Float32Array {
  const norms = rowNorms(direction, gain.length);
  const rowLength = direction.length / gain.length;
  return direction.map((value, i) => {
    const row = Math.floor(i / rowLength);
    return (value * gain[row]!) / norms[row]!;
  });
}
