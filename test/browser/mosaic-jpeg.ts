/** Colour of one 8x8 block: Y, Cb, Cr in 0…255. */
export type BlockColor = (column: number, row: number) => readonly [y: number, cb: number, cr: number];

/**
 * A baseline JPEG of flat 8x8 blocks (ITU-T T.81): each block is one DC value, so that its Huffman tables are twelve
 * codes of four bits for DC, and one of a single bit, "end of block", for AC. With a DC step of 8 the value of a flat
 * block is the level itself.
 */
export function mosaicJpeg(columns: number, rows: number, colorOf: BlockColor): Buffer {
  const bits: number[] = [];
  const previous = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      colorOf(column, row).forEach((level, component) => {
        const value = Math.round(level) - 128;
        putDifference(bits, value - (previous[component] ?? 0));
        previous[component] = value;
        bits.push(0);
      });
    }
  }
  const height = rows * 8;
  const width = columns * 8;
  const frame = [8, height >> 8, height & 255, width >> 8, width & 255, 3];
  const components = [1, 2, 3].flatMap((id) => [id, 0x11, 0]);
  const dcCounts = [0, 0, 0, 12, ...new Array<number>(12).fill(0)];
  const acCounts = [1, ...new Array<number>(15).fill(0)];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    marker(0xdb, [0, ...new Array<number>(64).fill(8)]),
    marker(0xc0, [...frame, ...components]),
    marker(0xc4, [0x00, ...dcCounts, ...Array.from({ length: 12 }, (_, size) => size)]),
    marker(0xc4, [0x10, ...acCounts, 0]),
    marker(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
    packBits(bits),
    Buffer.from([0xff, 0xd9]),
  ]);
}

function marker(code: number, body: readonly number[]): Buffer {
  const length = body.length + 2;
  return Buffer.from([0xff, code, length >> 8, length & 255, ...body]);
}

/** Size of the difference as a four-bit code, then as many bits of it: negative ones less one. */
function putDifference(bits: number[], difference: number): void {
  const size = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
  putBits(bits, size, 4);
  putBits(bits, difference < 0 ? difference + (1 << size) - 1 : difference, size);
}

function putBits(bits: number[], value: number, count: number): void {
  for (let bit = count - 1; bit >= 0; bit--) bits.push((value >> bit) & 1);
}

/** Pads with ones, and follows every 0xff by a zero. */
function packBits(bits: readonly number[]): Buffer {
  const bytes: number[] = [];
  for (let start = 0; start < bits.length; start += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) byte = (byte << 1) | (bits[start + bit] ?? 1);
    bytes.push(byte);
    if (byte === 0xff) bytes.push(0);
  }
  return Buffer.from(bytes);
}
