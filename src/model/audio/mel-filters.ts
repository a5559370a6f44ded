/** One triangular mel band: weights of consecutive spectrum bins, the first of which is `firstBin`. */
export interface MelFilter {
  readonly firstBin: number;
  readonly weights: Float64Array;
}

/** Where the mel bands lie. */
export interface MelOptions {
  readonly numBands: number;
  readonly sampleRateHz: number;
  readonly fftSize: number;
  readonly lowestHz: number;
  readonly highestHz: number;
}

/**
 * HTK mel bands whose sides are straight in mel, not in Hz; the DC bin has no weight
 * (agrees with TensorFlow's `linear_to_mel_weight_matrix`).
 */
export function melFilters(options: MelOptions): MelFilter[] {
  const { numBands, sampleRateHz, fftSize, lowestHz, highestHz } = options;
  const lowestMel = hertzToMel(lowestHz);
  const bandMel = (hertzToMel(highestHz) - lowestMel) / (numBands + 1);
  return Array.from({ length: numBands }, (_, band) => {
    const centreMel = lowestMel + (band + 1) * bandMel;
    const weights: number[] = [];
    let firstBin = 0;
    for (let bin = 1; bin <= fftSize / 2; bin++) {
      const mel = hertzToMel((bin * sampleRateHz) / fftSize);
      const weight = 1 - Math.abs(mel - centreMel) / bandMel;
      if (weight <= 0) continue;
      if (weights.length === 0) firstBin = bin;
      weights.push(weight);
    }
    return { firstBin, weights: Float64Array.from(weights) };
  });
}

function hertzToMel(hertz: number): number {
  return 1127 * Math.log(1 + hertz / 700);
}
