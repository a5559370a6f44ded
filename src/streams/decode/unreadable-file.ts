import { open, stat, type FileHandle } from 'node:fs/promises';
import { EvokedError, type ErrorParts } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';

const MEDIA = 'audio or video in one of the containers of docs/sources.md';

/**
 * The error of a file that FFmpeg would not open, by what the file is.
 * @param got FFmpeg's own words
 */
export async function unreadableFile(
  { target, display }: Pick<SourceSpec, 'target' | 'display'>,
  got: string,
): Promise<EvokedError> {
  const unreachable = (what: string, reason: Pick<ErrorParts, 'got'> = {}): EvokedError =>
    new EvokedError('ERR_SOURCE_UNREACHABLE', {
      what: `${what} (${display})`,
      ...reason,
      expected: 'a media file',
    });
  const notMedia = (what: string, reason: Pick<ErrorParts, 'got'> = { got }): EvokedError =>
    new EvokedError('ERR_SOURCE_NOT_MEDIA', { what: `${what} (${display})`, ...reason, expected: MEDIA });
  try {
    const found = await stat(target);
    if (!found.isFile()) return unreachable('The file cannot be read', { got });
    if (found.size === 0) return notMedia('The file is empty', {});
    if (!(await lacksIndex(target))) return notMedia('The file is not media that can be read');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    return isMissing
      ? unreachable('There is no such file')
      : unreachable('The file cannot be read', { got: code ?? got });
  }
  return new EvokedError('ERR_SOURCE_NOT_MEDIA', {
    what: `The MP4 file has no index (${display})`,
    got: 'no moov box: a recording that was not finished, or a part of a file',
    expected: 'a file that its recorder has closed, or all of it',
  });
}

/** Boxes of a file that are looked at; whole files have a handful before their index. */
const MAX_BOXES = 1000;

async function lacksIndex(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    let offset = 0;
    for (let i = 0; i < MAX_BOXES; i++) {
      const box = await readBox(file, offset);
      if (i === 0 && box?.type !== 'ftyp') return false;
      if (box === null) return true;
      if (box.type === 'moov') return false;
      offset += box.numBytes;
      if (!Number.isSafeInteger(offset)) return true;
    }
    return false;
  } finally {
    await file.close();
  }
}

/** A box of ISO/IEC 14496-12; null behind the last one. */
async function readBox(
  file: FileHandle,
  offset: number,
): Promise<{ readonly type: string; readonly numBytes: number } | null> {
  const head = Buffer.alloc(16);
  const { bytesRead } = await file.read(head, 0, head.length, offset);
  if (bytesRead < 8) return null;
  const type = head.toString('latin1', 4, 8);
  const size = head.readUInt32BE(0);
  // 1: the size follows in 64 bits; 0: to the end of the file.
  const numBytes = size === 1 ? Number(head.readBigUInt64BE(8)) : size;
  return { type, numBytes: numBytes < 8 ? Infinity : numBytes };
}
