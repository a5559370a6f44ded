import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EvokedError } from '../core/errors.js';
import type { Modality } from '../core/media.js';
import { audioNetworkForm } from '../model/pack/audio-network-form.js';
import { writing } from '../model/pack/durable-files.js';
import { importPack } from '../model/pack/import-pack.js';
import { loadPack, type ModelPack } from '../model/pack/load-pack.js';
import { dataFolder } from '../model/pack/data-folder.js';
import { installedShelf, PULLED_PACK, shelvedPacks } from '../model/pack/pack-shelf.js';
import { efficientNetLayout, efficientNetShapes } from '../model/visual/efficientnet-layout.js';
import { readSafetensors } from '../model/weights/safetensors.js';
import { requireFloats } from '../model/weights/tensor.js';
import { checkSavedModelArchive } from './check-saved-model.js';
import { type ArchivedTower, chooseTowers } from './checkpoint-archive.js';
import type { DownloadParts } from './download.js';
import { type FetchedFile, fetchPublished } from './fetch-published.js';
import { PullLock } from './lock-file.js';
import { oneAtATime } from './one-at-a-time.js';
import { EFFICIENTNET_FILE, type PublishedFile, TOWERS_FILE, TRILL_FILE } from './published-files.js';

/** What to pull. */
export interface PullRequest {
  /** Folder of the user's packs and downloads. */
  readonly home?: string;
  /** Everything is fetched from below this address. */
  readonly mirror: URL | null;
  /** TRILL-distilled as ONNX, where the user has converted it. */
  readonly audioExtractor?: string | undefined;
  /** Whether the SavedModel, which cannot be run as it is, is fetched too. */
  readonly withTrill: boolean;
  /** Which checkpoints of the archive. */
  readonly checkpoints: { readonly [M in Modality]?: string | undefined };
  readonly scale?: number | undefined;
  readonly parts?: DownloadParts;
  readonly onProgress?: (file: PublishedFile, numBytes: number, total: number | null) => void;
  readonly onFetched?: (file: FetchedFile) => void;
}

/** What came of it. */
export interface PulledPack {
  readonly pack: ModelPack;
  readonly files: readonly FetchedFile[];
  /** The towers of the archive. */
  readonly towers: readonly ArchivedTower[];
  /** What was chosen and assumed, a sentence each. */
  readonly notes: readonly string[];
  readonly lockPath: string;
}

const STALL_TIMEOUT_MS = 30_000;
const LONGEST_TRAINING_SECONDS = 120;
const TRAINED_ON =
  'EfficientNet-B0: ImageNet with AutoAugment (timm); temporal towers: EEV, by the authors of the method';

/**
 * Fetches the published weights and makes the pack `published` of them; an audio network that the pack had already stays.
 * @throws {EvokedError} ERR_PULL_…, ERR_FILE_…, ERR_MODEL_…, ERR_USAGE
 */
export async function pullPublished(request: PullRequest): Promise<PulledPack> {
  // Before anything is fetched: a path that is mistyped should not cost a download.
  if (request.audioExtractor !== undefined) await audioNetworkForm(request.audioExtractor);
  const home = request.home ?? dataFolder();
  const folder = join(home, 'downloads');
  await writing(folder, mkdir(folder, { recursive: true }));
  return oneAtATime(join(home, 'pull.pid'), async () => {
    const lock = await PullLock.read(join(home, 'pull.lock.json'));
    const files: FetchedFile[] = [];
    for (const file of [EFFICIENTNET_FILE, TOWERS_FILE, ...(request.withTrill ? [TRILL_FILE] : [])]) {
      const fetched = await fetchPublished(file, {
        folder,
        lock,
        mirror: request.mirror,
        check: checkFile,
        parts: request.parts ?? { wait, stallTimeoutMs: STALL_TIMEOUT_MS },
        onProgress: request.onProgress,
      });
      request.onFetched?.(fetched);
      files.push(fetched);
    }
    return { ...(await makePack(request, home, files)), files, lockPath: lock.path };
  });
}

async function makePack(
  request: PullRequest,
  home: string,
  files: readonly FetchedFile[],
): Promise<Pick<PulledPack, 'pack' | 'towers' | 'notes'>> {
  const pathOf = (file: PublishedFile): string => files.find((each) => each.file.id === file.id)!.path;
  const visualExtractor = pathOf(EFFICIENTNET_FILE);
  const { visual, audio, towers } = chooseTowers(pathOf(TOWERS_FILE), request.checkpoints);
  const base = audio === null ? undefined : await packBefore(home);
  const { pack, notes } = await importPack({
    shelf: installedShelf(home),
    name: PULLED_PACK,
    version: '1.0.0',
    licence: 'EfficientNet-B0 and TRILL-distilled: Apache-2.0; temporal towers: MIT',
    trainedOn: TRAINED_ON,
    visual: { extractor: visualExtractor, head: visual, scale: request.scale },
    audio: {
      extractor: audio === null ? undefined : request.audioExtractor,
      head: audio ?? undefined,
      scale: request.scale,
    },
    base,
    maxSeconds: LONGEST_TRAINING_SECONDS,
    replace: true,
  });
  const chosen = [visual, audio].flatMap((head) => (head === null ? [] : [`tower taken: ${head.name}`]));
  return { pack, towers, notes: [...chosen, ...notes] };
}

/** Whether a file is what the pack needs of it: a login page, say, comes without an error, too. */
async function checkFile({ id }: PublishedFile, path: string): Promise<void> {
  switch (id) {
    case 'efficientnet': {
      const { tensors } = await readSafetensors(path);
      const shapes = efficientNetShapes(efficientNetLayout());
      for (const [name, shape] of shapes) requireFloats(tensors, name, shape);
      return;
    }
    case 'towers':
      chooseTowers(path, {});
      return;
    case 'trill':
      return checkSavedModelArchive(path);
  }
}

/** The pulled pack from before, for its audio network; none where it does not load. */
async function packBefore(home: string): Promise<ModelPack | undefined> {
  const before = (await shelvedPacks(home)).find(({ name, isBundled }) => name === PULLED_PACK && !isBundled);
  if (before === undefined) return undefined;
  const pack = await loadPack(before.folder).catch((error: unknown) => {
    if (error instanceof EvokedError) return undefined;
    throw error;
  });
  return pack?.manifest.audio?.extractor?.kind === 'onnx' ? pack : undefined;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
