import { type ConvSpec, convSpan, towerConvs, type TowerSpec } from './spec.js';

/** What one stream's tower remembers: plain data that can be copied, and moved between towers of the same spec. */
export interface TowerState {
  /** Steps taken since the state was zero. */
  numSteps: number;
  /**
   * Past inputs of every convolution, one ring after another (see `tapRings`). Zeros before the first step: the causal
   * zero padding of training. At the paper's size 62,978 values for 1281 inputs, 64,514 for 2049.
   */
  readonly taps: Float32Array;
}

/** A convolution's part of `TowerState.taps`: `[span, width]`, where step `t` is in row `t mod span`. */
export interface TapRing {
  /** Index of the first value. */
  readonly offset: number;
  /** Rows: `(kernelSize − 1) · dilation` steps. */
  readonly span: number;
  /** Values of a row: the convolution's input channels. */
  readonly width: number;
  readonly conv: ConvSpec;
}

/** The rings of a tower's convolutions, in order of execution. */
export function tapRings(spec: TowerSpec): readonly TapRing[] {
  let offset = 0;
  return towerConvs(spec).map((conv) => {
    const ring = { offset, span: convSpan(conv), width: conv.inChannels, conv };
    offset += ring.span * ring.width;
    return ring;
  });
}

/** Number of values in a state of these rings. */
export function numTapValues(rings: readonly TapRing[]): number {
  return rings.reduce((total, { span, width }) => total + span * width, 0);
}

/** Index in `TowerState.taps` of the row of `step` (0 is the first ever); also right for steps before 0. */
export function ringRow({ offset, span, width }: TapRing, step: number): number {
  return offset + (((step % span) + span) % span) * width;
}
