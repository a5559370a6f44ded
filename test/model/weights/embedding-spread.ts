/** What a set of embeddings `[numInputs, dim]` looks like. */
export interface Spread {
  /** Root mean square of all values. */
  readonly rms: number;
  readonly largest: number;
  /** How far a dimension swings from input to input: root mean square over dimensions. */
  readonly stdOverInputs: number;
}

export function embeddingSpread(embeddings: Float32Array, dim: number): Spread {
  const numInputs = embeddings.length / dim;
  let sumOfSquares = 0;
  let largest = 0;
  for (const value of embeddings) {
    sumOfSquares += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  let variance = 0;
  for (let i = 0; i < dim; i++) {
    let mean = 0;
    for (let row = 0; row < numInputs; row++) mean += embeddings[row * dim + i]! / numInputs;
    for (let row = 0; row < numInputs; row++) {
      variance += (embeddings[row * dim + i]! - mean) ** 2 / numInputs / dim;
    }
  }
  return { rms: Math.sqrt(sumOfSquares / embeddings.length), largest, stdOverInputs: Math.sqrt(variance) };
}
