import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

/** Width and height of the pictures. */
export const CAMERA_SIZE = { width: 640, height: 360 } as const;
export const CAMERA_RATE_HZ = 30;
/** Bits of a picture's number. Numbers repeat after 4.3 s, which is far more than a score takes. */
export const NUM_BITS = 7;

const WHITE = 235;
const BLACK = 16;
const GREY = 128;

/** Gray code: neighbours differ in one stripe, so that a picture caught between two reads as one of them. */
const grayCode = (number: number): number => number ^ (number >> 1);

/**
 * A film for Chromium's fake camera (`--use-file-for-fake-video-capture`) whose every picture says its number: one upright
 * stripe a bit, white for 1, the highest at the left.
 */
export async function writeNumberedFilm(path: string): Promise<void> {
  const { width, height } = CAMERA_SIZE;
  const file = createWriteStream(path);
  file.write(`YUV4MPEG2 W${width} H${height} F${CAMERA_RATE_HZ}:1 Ip A1:1 C420jpeg\n`);
  for (let number = 0; number < 2 ** NUM_BITS; number++) {
    const code = grayCode(number);
    const row = Buffer.alloc(width);
    for (let x = 0; x < width; x++) {
      const bit = NUM_BITS - 1 - Math.floor((x * NUM_BITS) / width);
      row[x] = (code >> bit) & 1 ? WHITE : BLACK;
    }
    const luma = Buffer.concat(Array.from({ length: height }, () => row));
    const picture = [Buffer.from('FRAME\n'), luma, Buffer.alloc((width * height) / 2, GREY)];
    if (!file.write(Buffer.concat(picture))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
