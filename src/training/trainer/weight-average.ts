import type { ParameterValues } from './parameter-specs.js';

/** The running mean of parameters that training passed through (SWA: Izmailov et al. 2018), in float32 as PyTorch's. */
export class WeightAverage {
  #count = 0;
  #mean = new Map<string, Float32Array>();

  /** How many sets of parameters the mean is of. */
  get count(): number {
    return this.#count;
  }

  /** The mean; empty before the first `add`. */
  get mean(): ParameterValues {
    return this.#mean;
  }

  /** Counts one more set of parameters in. */
  add(values: ParameterValues): void {
    this.#count++;
    const share = 1 / this.#count;
    for (const [name, value] of values) {
      const mean = this.#mean.get(name);
      this.#mean.set(name, mean?.map((old, i) => old + (value[i]! - old) * share) ?? value.slice());
    }
  }

  /** Makes the mean what it was. */
  restore(count: number, mean: ParameterValues): void {
    this.#count = count;
    this.#mean = new Map([...mean].map(([name, value]) => [name, value.slice()]));
  }
}
