import { readFile } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';
import type { Extractor } from '../extractor.js';
import type { OrtOptions } from '../onnx/ort-session.js';
import { parseSafetensors } from '../weights/safetensors.js';
import { createAudioExtractor } from './audio-extractor.js';
import { createOnnxAudioExtractor } from './onnx-audio-extractor.js';

/**
 * The audio extractor of a file: an ONNX network (see `createOnnxAudioExtractor`), or the weights of this project's own
 * MobileNet where the name ends in `.safetensors`.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS, also where the file cannot be read; names the file
 */
export async function loadAudioExtractor(path: string, options: OrtOptions = {}): Promise<Extractor> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what: `audio network ${path} cannot be read`, got, cause });
  }
  try {
    if (!path.toLowerCase().endsWith('.safetensors')) return await createOnnxAudioExtractor(bytes, options);
    return await createAudioExtractor(parseSafetensors(bytes).tensors, options);
  } catch (cause) {
    if (!(cause instanceof EvokedError)) throw cause;
    throw new EvokedError(cause.code, { what: `${path}: ${cause.message}`, cause });
  }
}
