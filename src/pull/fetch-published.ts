import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileSha256 } from '../model/pack/durable-files.js';
import { downloadFile, type DownloadParts } from './download.js';
import type { PullLock } from './lock-file.js';
import { type PublishedFile, sourceUrl } from './published-files.js';

/** A published file that is on this machine. */
export interface FetchedFile {
  readonly file: PublishedFile;
  readonly path: string;
  readonly numBytes: number;
  readonly sha256: string;
  readonly isDigestStated: boolean;
  /** It was there before. */
  readonly wasThere: boolean;
}

/** How files are fetched. */
export interface FetchOptions {
  /** Folder of the downloads; must exist. */
  readonly folder: string;
  readonly lock: PullLock;
  readonly mirror: URL | null;
  readonly parts: DownloadParts;
  /** Rejects where a file is not what it should be: it is then thrown away, and not pinned. */
  readonly check: (file: PublishedFile, path: string) => Promise<void>;
  readonly onProgress?: ((file: PublishedFile, numBytes: number, total: number | null) => void) | undefined;
}

/**
 * Fetches one file, unless it is there already and is what the lock file pins.
 * @throws {EvokedError} ERR_PULL_…, ERR_FILE_WRITE
 */
export async function fetchPublished(file: PublishedFile, options: FetchOptions): Promise<FetchedFile> {
  const { folder, lock, mirror, parts, check, onProgress } = options;
  const path = join(folder, file.fileName);
  const pin = lock.pin(file.id);
  if (pin !== undefined && (await isFile(path, pin.numBytes)) && (await fileSha256(path)) === pin.sha256) {
    return { file, path, ...pin, wasThere: true };
  }
  const url = sourceUrl(file, mirror);
  const { part, sha256, numBytes, isDigestStated } = await downloadFile(
    {
      url,
      isMirror: mirror !== null,
      target: path,
      maxBytes: file.maxBytes,
      onProgress: (done, total) => onProgress?.(file, done, total),
    },
    parts,
  );
  try {
    await check(file, part.path);
    await lock.hold(file.id, { sha256, numBytes, url: url.href, isDigestStated });
  } catch (error) {
    await part.remove();
    throw error;
  }
  // Pinned first: a file that has its name is one that the lock knows.
  await part.finish(path);
  return { file, path, numBytes, sha256, isDigestStated, wasThere: false };
}

async function isFile(path: string, numBytes: number): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() && found.size === numBytes,
    () => false,
  );
}
