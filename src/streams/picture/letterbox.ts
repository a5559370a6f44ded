import { FRAME_BYTES, FRAME_SIZE } from '../../core/time-grid.js';

/** Interpolation weights are integers of this many bits, as in OpenCV's 8-bit INTER_LINEAR. */
const WEIGHT_BITS = 11;
const WEIGHT_ONE = 1 << WEIGHT_BITS;

/**
 * For each of the 224 places along one axis: the two source places to mix and their weights. A neighbour in the zero padding
 * has weight 0 (and any valid place).
 */
export interface AxisPlan {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Int32Array;
  readonly secondWeight: Int32Array;
}

/** How a picture of one size becomes a 224x224 frame. */
export interface LetterboxPlan {
  readonly width: number;
  readonly height: number;
  readonly columns: AxisPlan;
  readonly rows: AxisPlan;
}

/** 8-bit packed RGB picture; `stride` is the number of bytes from one row to the next. */
export interface RgbPicture {
  readonly data: Uint8Array;
  readonly stride: number;
}

/**
 * Plans the zero padding to a square (the odd row or column goes after the picture) and the resize of that square to
 * 224x224 with half-pixel centres and 4 neighbours, without antialiasing.
 */
export function planLetterbox(width: number, height: number): LetterboxPlan {
  const side = Math.max(width, height);
  return { width, height, columns: planAxis(width, side), rows: planAxis(height, side) };
}

function planAxis(length: number, side: number): AxisPlan {
  const padding = Math.floor((side - length) / 2);
  const plan: AxisPlan = {
    first: new Int32Array(FRAME_SIZE),
    second: new Int32Array(FRAME_SIZE),
    firstWeight: new Int32Array(FRAME_SIZE),
    secondWeight: new Int32Array(FRAME_SIZE),
  };
  const isInside = (place: number): boolean => place >= 0 && place < length;
  for (let i = 0; i < FRAME_SIZE; i++) {
    // Single precision where OpenCV has it: the weights must round alike.
    const centre = Math.fround((i + 0.5) * (side / FRAME_SIZE) - 0.5);
    const floor = Math.floor(centre);
    const isAtEdge = floor < 0 || floor >= side - 1;
    const fraction = isAtEdge ? 0 : Math.fround(centre - floor);
    const first = Math.min(Math.max(floor, 0), side - 1) - padding;
    const second = first + 1;
    plan.first[i] = isInside(first) ? first : 0;
    plan.second[i] = isInside(second) ? second : 0;
    plan.firstWeight[i] = isInside(first) ? roundHalfEven((1 - fraction) * WEIGHT_ONE) : 0;
    plan.secondWeight[i] = isInside(second) ? roundHalfEven(fraction * WEIGHT_ONE) : 0;
  }
  return plan;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor + (floor % 2);
  return rest < 0.5 ? floor : floor + 1;
}

/** Mixes two horizontally mixed values; OpenCV drops bits exactly like this. Range 0 to 255. */
export function mixRows(upper: number, upperWeight: number, lower: number, lowerWeight: number): number {
  return (((upperWeight * (upper >> 4)) >> 16) + ((lowerWeight * (lower >> 4)) >> 16) + 2) >> 2;
}

/**
 * Letterboxes an RGB picture of the plan's size into a new `[224, 224, 3]` frame; reads only the pixels that are sampled.
 * Agrees with OpenCV's `resize(…, INTER_LINEAR)` to 1 grey level.
 */
export function letterboxRgb(picture: RgbPicture, plan: LetterboxPlan): Uint8Array {
  const { columns, rows } = plan;
  const { data, stride } = picture;
  const frame = new Uint8Array(FRAME_BYTES);
  for (let y = 0; y < FRAME_SIZE; y++) {
    const upperWeight = rows.firstWeight[y]!;
    const lowerWeight = rows.secondWeight[y]!;
    if (upperWeight === 0 && lowerWeight === 0) continue;
    const upperRow = rows.first[y]! * stride;
    const lowerRow = rows.second[y]! * stride;
    let out = y * FRAME_SIZE * 3;
    for (let x = 0; x < FRAME_SIZE; x++, out += 3) {
      const leftWeight = columns.firstWeight[x]!;
      const rightWeight = columns.secondWeight[x]!;
      const left = columns.first[x]! * 3;
      const right = columns.second[x]! * 3;
      for (let channel = 0; channel < 3; channel++) {
        const upper =
          data[upperRow + left + channel]! * leftWeight + data[upperRow + right + channel]! * rightWeight;
        const lower =
          data[lowerRow + left + channel]! * leftWeight + data[lowerRow + right + channel]! * rightWeight;
        frame[out + channel] = mixRows(upper, upperWeight, lower, lowerWeight);
      }
    }
  }
  return frame;
}
