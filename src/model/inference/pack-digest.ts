import { createHash } from 'node:crypto';
import type { ModelPack } from '../pack/load-pack.js';

/**
 * Hex SHA-256 that names a pack: over what its `pack.json` says, in whatever order and layout. That holds the digests of its
 * weight files, which loading checks, and of untrained weights the seeds.
 */
export function packDigest({ manifest }: ModelPack): string {
  return createHash('sha256').update(canonicalJson(manifest)).digest('hex');
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
