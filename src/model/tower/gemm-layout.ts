/** Side of the square that is transposed at once, so that both sides stay in the first-level cache. */
const TILE = 32;

/**
 * A convolution's weight as a Gemm reads it without transposing: `[outChannels, inChannels, kernelSize]` →
 * `[kernelSize · inChannels, outChannels]`, the taps one below the other, oldest first. Written into `target`.
 */
export function writeGemmLayout(
  target: Float32Array,
  weight: Float32Array,
  outChannels: number,
  inChannels: number,
  kernelSize: number,
): void {
  const rowLength = inChannels * kernelSize;
  for (let outStart = 0; outStart < outChannels; outStart += TILE) {
    const outEnd = Math.min(outStart + TILE, outChannels);
    for (let inStart = 0; inStart < inChannels; inStart += TILE) {
      const inEnd = Math.min(inStart + TILE, inChannels);
      for (let out = outStart; out < outEnd; out++) {
        let source = out * rowLength + inStart * kernelSize;
        for (let channel = inStart; channel < inEnd; channel++) {
          for (let tap = 0; tap < kernelSize; tap++) {
            target[(tap * inChannels + channel) * outChannels + out] = weight[source++]!;
          }
        }
      }
    }
  }
}
