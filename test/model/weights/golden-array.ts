import { readFileSync } from 'node:fs';

/** An array as the reference files hold it: little-endian float32. */
export interface GoldenArray {
  readonly shape: readonly number[];
  readonly base64: string;
}

/** Reads `test/fixtures/golden/<name>.json`. */
export function readGolden<T>(name: string): T {
  const url = new URL(`../../fixtures/golden/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as T;
}

/** The values of a reference array. */
export function goldenFloats({ base64 }: GoldenArray): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

/** Largest |a - b|; NaN where lengths differ or a value is not a number. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return NaN;
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
