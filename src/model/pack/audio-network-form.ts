import { readFile } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';
import { createOnnxAudioExtractor } from '../audio/onnx-audio-extractor.js';
import { systemErrorCode } from './durable-files.js';
import type { PackExtractor } from './manifest.js';

/** What a manifest says of an audio network. */
export type AudioNetworkForm = {
  /** What was found, for people. */
  readonly note: string;
} & (
  | { readonly kind: 'mobilenet-logmel'; readonly preprocessing: 'logmel-96x64' }
  | Pick<Extract<PackExtractor, { kind: 'onnx' }>, 'kind' | 'preprocessing'>
);

/**
 * Finds out what an audio network is: `.safetensors` is this project's own kind, everything else must be ONNX, which is
 * tried out.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where it does not fit
 */
export async function audioNetworkForm(path: string): Promise<AudioNetworkForm> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const got = systemErrorCode(cause);
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what: `audio network ${path} cannot be read`, got, cause });
  });
  if (path.toLowerCase().endsWith('.safetensors')) {
    return { kind: 'mobilenet-logmel', preprocessing: 'logmel-96x64', note: `${path}: MobileNet on log-mel` };
  }
  try {
    const extractor = await createOnnxAudioExtractor(bytes);
    await extractor.release();
    const { preprocessing, inputText } = extractor;
    return { kind: 'onnx', preprocessing, note: `${path}: ONNX, input ${inputText}` };
  } catch (cause) {
    const what = `${path}: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new EvokedError(cause instanceof EvokedError ? cause.code : 'ERR_MODEL_WEIGHTS', { what, cause });
  }
}
