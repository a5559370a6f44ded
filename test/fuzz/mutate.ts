import type { RandomSource } from './random-source.js';

/** What inputs are made of. */
export interface Corpus {
  /** Valid inputs. */
  readonly seeds: readonly Uint8Array[];
  /** Pieces of the format, which mutations put anywhere. */
  readonly tokens: readonly (string | Uint8Array)[];
}

const MAX_MUTATIONS = 6;
const EDGE_NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** A valid input with one to six changes. */
export function mutate(random: RandomSource, { seeds, tokens }: Corpus): Uint8Array {
  let bytes: Buffer = Buffer.from(random.pick(seeds));
  // Mostly few: many at once are refused at the door.
  const numMutations = 1 + random.below(1 + random.below(MAX_MUTATIONS));
  for (let i = 0; i < numMutations; i++) bytes = change(bytes, random, seeds, tokens);
  return bytes;
}

type Change = (
  bytes: Buffer,
  random: RandomSource,
  seeds: readonly Uint8Array[],
  tokens: Corpus['tokens'],
) => Buffer;

const CHANGES: readonly Change[] = [
  (bytes, random) => {
    const at = random.below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << random.below(8));
    return bytes;
  },
  (bytes, random) => {
    bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    bytes[at] = bytes[at]! + 1 + random.below(8) - 4;
    return bytes;
  },
  (bytes, random) => {
    const width = random.pick([1, 2, 4]);
    const at = random.below(bytes.length);
    if (at + width <= bytes.length) bytes.writeUIntLE(random.pick(EDGE_NUMBERS) % 256 ** width, at, width);
    return bytes;
  },
  (bytes, random) => {
    const [at, length] = [random.below(bytes.length), 1 + random.below(16)];
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
  },
  (bytes, random) => {
    const [from, to, length] = [random.below(bytes.length), random.below(bytes.length), 1 + random.below(64)];
    return insert(bytes, to, bytes.subarray(from, from + length));
  },
  (bytes, random, _seeds, tokens) =>
    insert(bytes, random.below(bytes.length + 1), Buffer.from(random.pick(tokens))),
  (bytes, random, _seeds, tokens) => {
    const token = Buffer.from(random.pick(tokens));
    token.copy(bytes, random.below(bytes.length));
    return bytes;
  },
  (bytes, random, seeds) => {
    const other = random.pick(seeds);
    const at = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length))]);
  },
  (bytes, random) => Buffer.from(bytes.subarray(0, random.below(bytes.length + 1))),
];

function change(
  bytes: Buffer,
  random: RandomSource,
  seeds: readonly Uint8Array[],
  tokens: Corpus['tokens'],
): Buffer {
  if (bytes.length === 0) return Buffer.from(random.pick(tokens));
  return random.pick(CHANGES)(bytes, random, seeds, tokens);
}

function insert(bytes: Buffer, at: number, piece: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}
