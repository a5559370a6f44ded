import { open } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';
import { isAcceptedFormat } from './accepted-media.js';
import type { NodeAv } from './load-node-av.js';

/** As much as FFmpeg looks at by itself, at most. */
const HEAD_BYTES = 1024 * 1024;

/** FFmpeg reads this far beyond what it is given. */
const PADDING_BYTES = 64;

/**
 * The error of a source that FFmpeg would not open: by a demuxer that is not accepted, or for another reason, which its code
 * (AVERROR_EINVAL for both) does not tell. Null where it was another reason.
 */
export async function refusedFormat(av: NodeAv, spec: SourceSpec): Promise<EvokedError | null> {
  // An address was good enough to be asked; what came cannot be had a second time.
  if (spec.kind === 'http' || spec.kind === 'hls' || spec.kind === 'srt') return refusal(spec, 'another one');
  if (spec.kind !== 'file') return null;
  const format = av.InputFormat.probe(await readHead(spec.target), spec.target);
  const name = format?.name ?? null;
  if (name === null || isAcceptedFormat(spec.kind, name)) return null;
  return refusal(spec, format?.longName ?? name);
}

function refusal({ display }: SourceSpec, got: string): EvokedError {
  return new EvokedError('ERR_SOURCE_NOT_MEDIA', {
    what: `The source is of a kind that is not read (${display})`,
    got,
    expected: 'one of the containers in docs/sources.md',
  });
}

async function readHead(path: string): Promise<Buffer> {
  const bytes = Buffer.alloc(HEAD_BYTES + PADDING_BYTES);
  const file = await open(path);
  try {
    const { bytesRead } = await file.read(bytes, 0, HEAD_BYTES);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
