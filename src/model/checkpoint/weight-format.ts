import { EvokedError } from '../../core/errors.js';
import type { ByteSource } from './byte-source.js';

/** Formats that weights are read from. */
export type WeightFormat = 'safetensors' | 'pytorch-zip' | 'pytorch-legacy';

const HEAD_BYTES = 512;
const MAX_SAFETENSORS_HEADER = 2 ** 32;
const TAR_MARK = { offset: 257, text: 'ustar' };

/**
 * What a file is, by its first bytes.
 * @throws {EvokedError} ERR_FILE_FORMAT where it is nothing that weights are read from
 */
export function detectWeightFormat(source: ByteSource): WeightFormat {
  const head = source.read(0, Math.min(HEAD_BYTES, source.size));
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  // First of all: a header of 640 bytes begins like a pickle.
  if (text[8] === '{' && headerLength(head) < MAX_SAFETENSORS_HEADER) return 'safetensors';
  if (text.startsWith('PK\x03\x04')) return 'pytorch-zip';
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5) return 'pytorch-legacy';
  throw new EvokedError('ERR_FILE_FORMAT', {
    what: 'file holds no weights that can be read',
    got: described(text),
    expected: 'safetensors, or a PyTorch checkpoint (.ckpt, .pt, .pth)',
  });
}

function headerLength(head: Uint8Array): number {
  return Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
}

function described(text: string): string {
  if (text === '') return 'an empty file';
  if (text.startsWith(TAR_MARK.text, TAR_MARK.offset)) return 'a tar archive (PyTorch before 0.1.10)';
  if (text.startsWith('PK\x05\x06')) return 'an empty zip archive';
  if (text.startsWith('\x89HDF\r\n')) return 'HDF5';
  if (text.startsWith('\x1f\x8b')) return 'gzip';
  if (/^\s*<[!a-zA-Z]/.test(text)) return 'a web page';
  const hex = [...text.slice(0, 8)].map((char) => char.charCodeAt(0).toString(16).padStart(2, '0'));
  return `a file that begins ${hex.join(' ')}`;
}
