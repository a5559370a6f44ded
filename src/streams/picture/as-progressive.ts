import type { Frame } from 'node-av/lib';
import type { NodeAv } from '../decode/load-node-av.js';

/**
 * Takes the mark of two fields off a picture: swscale refuses to make a whole picture of it otherwise. Its rows stay as they
 * are, combed where something moves: the authors of the method, and OpenCV, take them so.
 */
export function asProgressive(av: NodeAv, frame: Frame): Frame {
  frame.clearFlags(av.AV_FRAME_FLAG_INTERLACED);
  return frame;
}
