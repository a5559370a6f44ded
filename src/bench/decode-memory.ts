import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastValueFrom, takeWhile } from 'rxjs';
import type { BenchRow } from '../core/bench-row.js';
import { configSchema } from '../core/config.js';
import { processEntry } from '../core/process-entry.js';
import { peakResidentBytesOf } from '../streams/child/resident-memory.js';
import { spawnDecodeChild, type DecodeChild } from '../streams/decode/child-process.js';
import { openDecodeProcess } from '../streams/decode/decode-process.js';

const MEDIA_SECONDS = 3;

/** The system keeps the highest figure: the last look before the child is gone counts. */
const LOOK_MS = 20;

/** Sizes that are measured beside the film's, as `encode-test-film` takes them. */
const SIZES = [
  { what: '1920x1080 H.264 with B-frames and AAC', settings: ['1920', '1080', 'h264'] },
  { what: '3840x2160 H.265 with B-frames and AAC', settings: ['3840', '2160', 'hevc'] },
] as const;

const run = promisify(execFile);

/** Highest resident memory of a decode child that plays a few seconds at the speed of their clock, with previews (Linux only). */
export async function benchDecodeMemory(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'evoked-bench-'));
  try {
    const rows = [await measure('the film', 'film:bench')];
    for (const { what, settings } of SIZES) {
      const media = join(folder, `${settings.join('-')}.mp4`);
      const args = [processEntry('bench/encode-test-film'), media, String(MEDIA_SECONDS), ...settings];
      await run(process.execPath, args);
      rows.push(await measure(what, media));
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(what: string, url: string): Promise<BenchRow> {
  const { source, preview } = configSchema.parse({});
  let child: DecodeChild | undefined;
  const input = openDecodeProcess(
    {
      ...{ url, realTime: true, policy: null, push: null, previewWidth: preview.width },
      ...{ connectTimeoutMs: source.connectTimeoutMs, readTimeoutMs: source.readTimeoutMs },
      ...{ watchdogMs: source.watchdogMs, memoryLimitMb: source.memoryLimitMb },
      rtspTransport: source.rtspTransport,
    },
    { spawn: (needs) => (child = spawnDecodeChild(needs)) },
  );
  input.setPreview(true);
  let peakBytes = NaN;
  const looking = setInterval(() => {
    peakBytes = peakResidentBytesOf(child?.pid ?? NaN) ?? peakBytes;
  }, LOOK_MS);
  try {
    let numFrames = 0;
    const isWanted = takeWhile(
      ({ type, ptsUs = 0 }: { type: string; ptsUs?: number }) =>
        type !== 'videoFrame' || (++numFrames > 0 && ptsUs < MEDIA_SECONDS * 1e6),
    );
    await lastValueFrom(input.media$.pipe(isWanted), { defaultValue: null });
    if (numFrames === 0) throw new Error(`no picture of ${what}`);
  } finally {
    clearInterval(looking);
  }
  return { name: `decode child: ${what}`, unit: 'MiB', median: peakBytes / 2 ** 20, note: 'peak' };
}
