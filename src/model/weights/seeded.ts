const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const MULBERRY_INCREMENT = 0x6d2b79f5;
const TWO_POW_32 = 4_294_967_296;

/** 32-bit FNV-1a hash of the UTF-8 bytes of `text`, as an unsigned integer. */
export function fnv1a32(text: string): number {
  let hash = FNV_OFFSET_BASIS;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}

/**
 * The mulberry32 sequence that belongs to a name, as a function that gives the next float64 of [-1, 1).
 * Seeded with `fnv1a32(salt + "/" + name)`, so a tensor's values depend on its name, not on the order of making.
 */
export function seededUniform(salt: string, name: string): () => number {
  let state = fnv1a32(`${salt}/${name}`);
  return () => {
    state = (state + MULBERRY_INCREMENT) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) / TWO_POW_32) * 2 - 1;
  };
}

/**
 * `length` float32 values `offset + scale·u` with u from `seededUniform(salt, name)`, computed in float64.
 * About 4 ns a value.
 */
export function seededFloats(
  salt: string,
  name: string,
  length: number,
  scale: number,
  offset = 0,
): Float32Array {
  const values = new Float32Array(length);
  let state = fnv1a32(`${salt}/${name}`);
  for (let i = 0; i < length; i++) {
    state = (state + MULBERRY_INCREMENT) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    values[i] = offset + scale * ((((mixed ^ (mixed >>> 14)) >>> 0) / TWO_POW_32) * 2 - 1);
  }
  return values;
}
