import { FRAME_BYTES, FRAME_SIZE } from '../../core/time-grid.js';

/** Quarter turns clockwise that a picture needs to stand upright. */
export type QuarterTurns = 0 | 1 | 2 | 3;

/**
 * Reads a container's display matrix: 3x3, 32-bit fixed point, little-endian, as FFmpeg hands it out. Phones film upright
 * pictures lying down and say so here. Odd angles are ignored, and so is mirroring: the picture stands upright, left and right
 * as they are stored.
 */
export function quarterTurnsOf(displayMatrix: Buffer | null): QuarterTurns {
  if (displayMatrix === null || displayMatrix.length < 36) return 0;
  const [a, b, c, d] = [0, 4, 12, 16].map((at) => displayMatrix.readInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  const isMirrored = a * d - b * c < 0;
  const angle = isMirrored ? Math.atan2(-b, -a) : Math.atan2(b, a);
  const turns = Math.round(angle / (Math.PI / 2));
  return ((turns + 4) % 4) as QuarterTurns;
}

/** A letterboxed `[224, 224, 3]` frame turned clockwise: the same as turning the picture first. */
export function turnFrame(frame: Uint8Array, turns: QuarterTurns): Uint8Array {
  if (turns === 0) return frame;
  const turned = new Uint8Array(FRAME_BYTES);
  const last = FRAME_SIZE - 1;
  for (let y = 0; y < FRAME_SIZE; y++) {
    for (let x = 0; x < FRAME_SIZE; x++) {
      const [fromX, fromY] = turns === 1 ? [y, last - x] : turns === 2 ? [last - x, last - y] : [last - y, x];
      const from = (fromY * FRAME_SIZE + fromX) * 3;
      const to = (y * FRAME_SIZE + x) * 3;
      turned[to] = frame[from]!;
      turned[to + 1] = frame[from + 1]!;
      turned[to + 2] = frame[from + 2]!;
    }
  }
  return turned;
}

/** Exif's number for a picture that is to be turned clockwise 0, 1, 2 or 3 times. */
const EXIF_ORIENTATION = [1, 6, 3, 8] as const;

/** The JPEG with a note for the viewer to turn it; its pixels stay as they are. */
export function turnJpeg(jpeg: Uint8Array, turns: QuarterTurns): Uint8Array {
  if (turns === 0) return jpeg;
  const exif = Buffer.concat([
    Buffer.from([0xff, 0xe1, 0, 34]),
    Buffer.from('Exif\0\0', 'latin1'),
    // Big-endian TIFF with one directory of one entry: tag 0x0112, one 16-bit number.
    Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1]),
    Buffer.from([0, EXIF_ORIENTATION[turns], 0, 0, 0, 0, 0, 0]),
  ]);
  const START_OF_IMAGE_BYTES = 2;
  return new Uint8Array(
    Buffer.concat([jpeg.subarray(0, START_OF_IMAGE_BYTES), exif, jpeg.subarray(START_OF_IMAGE_BYTES)]),
  );
}
