import { MEL_BANDS, MEL_FRAMES, PADDED_SAMPLES } from './log-mel.js';

/** What is done to a segment before a network: its log-mel picture, or the samples padded with zeros to one second. */
export type AudioPreprocessing = 'logmel-96x64' | 'waveform-16000';

/** One way to feed an audio network. */
export interface AudioInputForm {
  readonly preprocessing: AudioPreprocessing;
  /** For people: `[N, 96, 64]`. */
  readonly text: string;
  /** Segments that every call must hold; null where the network takes any number. */
  readonly fixedBatch: number | null;
  /** Shape of the input tensor for `batch` segments. */
  shape(batch: number): readonly number[];
}

/** A size as ONNX Runtime tells it: a name stands for any size. */
export type KnownSize = number | string;

type TemplateSize = number | 'N';

const TEMPLATES: readonly (readonly [AudioPreprocessing, readonly TemplateSize[]])[] = [
  ['logmel-96x64', ['N', MEL_FRAMES, MEL_BANDS]],
  ['logmel-96x64', ['N', MEL_FRAMES, MEL_BANDS, 1]],
  ['logmel-96x64', ['N', 1, MEL_FRAMES, MEL_BANDS]],
  ['waveform-16000', ['N', PADDED_SAMPLES]],
  ['waveform-16000', [PADDED_SAMPLES]],
];

/** Every form there is, for messages. */
export const AUDIO_INPUT_FORMS = TEMPLATES.map(([, template]) => shapeText(template)).join(', ');

/**
 * The forms that an input of this shape may have, likeliest first; several only where sizes are left open.
 * @param shape sizes of the input; empty where the file does not state them
 */
export function audioInputForms(shape: readonly KnownSize[]): AudioInputForm[] {
  return TEMPLATES.filter(([, template]) => fits(shape, template)).map(([preprocessing, template]) => ({
    preprocessing,
    text: shapeText(template),
    fixedBatch: template[0] === 'N' ? fixedSize(shape[0]) : 1,
    shape: (batch) => template.map((size) => (size === 'N' ? batch : size)),
  }));
}

/** `[N, 96, 64]` */
export function shapeText(shape: readonly KnownSize[]): string {
  return `[${shape.join(', ')}]`;
}

function fits(shape: readonly KnownSize[], template: readonly TemplateSize[]): boolean {
  if (shape.length === 0) return true;
  if (shape.length !== template.length) return false;
  return template.every((wanted, axis) => {
    const size = fixedSize(shape[axis]);
    return wanted === 'N' || size === null || size === wanted;
  });
}

/** Sizes left open come as names, and from some exporters as 0 or -1. */
function fixedSize(size: KnownSize | undefined): number | null {
  return typeof size === 'number' && size > 0 ? size : null;
}
