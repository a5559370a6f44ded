import { EvokedError } from '../../core/errors.js';
import { packInfo } from '../../model/pack/load-pack.js';
import type { FetchedFile } from '../../pull/fetch-published.js';
import { type PulledPack, pullPublished } from '../../pull/pull-published.js';
import { TRILL_FILE } from '../../pull/published-files.js';
import { type Progress, startProgress } from '../progress.js';

/** Flags of `evoked packs pull`. */
export interface PullOptions {
  readonly mirror?: string;
  readonly audioExtractor?: string;
  readonly trill: boolean;
  readonly visualCheckpoint?: string;
  readonly audioCheckpoint?: string;
  readonly scale?: number;
  readonly json: boolean;
}

const MEGABYTE = 1e6;

/**
 * `evoked packs pull`.
 * @throws {EvokedError} ERR_PULL_…, ERR_FILE_…, ERR_MODEL_…, ERR_USAGE
 */
export async function runPull(options: PullOptions): Promise<void> {
  const mirror = options.mirror === undefined ? null : mirrorUrl(options.mirror);
  let progress: { readonly id: string; readonly bar: Progress } | undefined;
  const stopProgress = (): void => {
    progress?.bar.stop();
    progress = undefined;
  };
  try {
    const pulled = await pullPublished({
      mirror,
      audioExtractor: options.audioExtractor,
      withTrill: options.trill,
      checkpoints: { visual: options.visualCheckpoint, audio: options.audioCheckpoint },
      scale: options.scale,
      onProgress: ({ id, title }, numBytes, total) => {
        if (progress?.id !== id) {
          stopProgress();
          progress = { id, bar: startProgress(title, total === null ? null : total / MEGABYTE, 'MB') };
        }
        progress.bar.update(numBytes / MEGABYTE);
      },
      onFetched: (file) => {
        stopProgress();
        console.error(fetchedLine(file));
      },
    });
    if (options.json) console.log(JSON.stringify(asJson(pulled), null, 2));
    else console.log(reportLines(pulled).join('\n'));
  } finally {
    stopProgress();
  }
}

function mirrorUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '')
    return url;
  throw new EvokedError('ERR_USAGE', {
    what: '--mirror is no address that can be used',
    expected: 'http:// or https:// without a password',
  });
}

function fetchedLine({ file, numBytes, sha256, isDigestStated, wasThere }: FetchedFile): string {
  const check = isDigestStated ? 'as its host states' : 'pinned; its host states no digest';
  const how = wasThere ? 'there already' : 'fetched';
  return `${file.title}: ${how}, ${(numBytes / MEGABYTE).toFixed(1)} MB, sha256 ${sha256.slice(0, 12)}… (${check})`;
}

function reportLines({ pack, notes, towers, files, lockPath }: PulledPack): string[] {
  const { name, missing, audio } = pack.manifest;
  const trill = files.find(({ file }) => file.id === TRILL_FILE.id);
  const place = trill === undefined ? 'the TensorFlow Hub model' : trill.path;
  return [
    ...notes.map((note) => `· ${note}`),
    `· ${towers.length} towers in the archive: ${towers.map(({ entry, modality }) => `${entry} (${modality})`).join(', ')}`,
    `pack ${name}: ${pack.folder}; what came is pinned in ${lockPath}`,
    ...(missing === undefined ? [] : [`MISSING: ${missing}`]),
    ...(missing === undefined || audio === undefined
      ? []
      : [
          `  TRILL-distilled is a TensorFlow SavedModel (${place}), which cannot be run here.`,
          '  Convert it to ONNX (docs/model-packs.md), then: evoked packs pull --audio-extractor trill.onnx',
        ]),
    'It is used wherever no other --pack is given.',
  ];
}

function asJson({ pack, files, towers, notes, lockPath }: PulledPack): unknown {
  return {
    folder: pack.folder,
    pack: packInfo(pack),
    missing: pack.manifest.missing ?? null,
    notes,
    towers,
    lock: lockPath,
    files: files.map(({ file: { id, licence }, path, numBytes, sha256, isDigestStated, wasThere }) => {
      return { id, licence, path, numBytes, sha256, isDigestStated, wasThere };
    }),
  };
}
