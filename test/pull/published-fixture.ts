import { gzipSync } from 'node:zlib';
import { storedTensor, writeCheckpoint } from '../fixtures/checkpoint-writer.js';
import { writeZip, type ZipFile } from '../fixtures/zip-writer.js';
import { uniformTowerSpec } from '../../src/model/tower/spec.js';
import { seededEfficientNetWeights } from '../../src/model/visual/seeded-efficientnet.js';
import { encodeSafetensors } from '../../src/model/weights/safetensors-writer.js';
import { tensorFloats } from '../../src/model/weights/tensor.js';
import { EFFICIENTNET_FILE, TOWERS_FILE, TRILL_FILE } from '../../src/pull/published-files.js';
import { recipeTower } from '../model/tower/golden-tower.js';
import { type FileHost, sha256Of } from './file-host.js';

/** One tower of a made-up archive. */
export interface MadeUpTower {
  readonly entry: string;
  readonly numInputs: number;
  readonly deflated?: boolean;
  readonly format?: 'zip' | 'legacy';
  /** The names of the authors' first version. */
  readonly isOldName?: boolean;
}

/** What the authors' archive may look like: several checkpoints, with and without position, and other files. */
export const MADE_UP_TOWERS: readonly MadeUpTower[] = [
  { entry: 'checkpoints/audio_nopos.ckpt', numInputs: 2048 },
  { entry: 'checkpoints/audio_pos_0.2.ckpt', numInputs: 2049, deflated: true },
  { entry: 'checkpoints/audio_pos_0.3.ckpt', numInputs: 2049, format: 'legacy' },
  { entry: 'checkpoints/visual_pos.ckpt', numInputs: 1281 },
];

/** A checkpoint as the authors' training writes it, with a small tower by recipe. */
export function madeUpCheckpoint({ entry, numInputs, format = 'zip', isOldName }: MadeUpTower): Uint8Array {
  const spec = uniformTowerSpec({ numInputs, numChannels: 8, numLevels: 2, numHidden: 4 });
  const tensors = [...recipeTower(entry, spec)].map(([name, tensor]) => {
    const authorsName =
      isOldName === true ? `_${name}`.replace('_test', '') : name.replace('_test', '_audio');
    return [authorsName, storedTensor('FloatStorage', tensor.shape, tensorFloats(name, tensor))] as const;
  });
  return writeCheckpoint(new Map(tensors), { format });
}

/** `checkpoints.zip` of these towers. */
export function madeUpArchive(towers: readonly MadeUpTower[] = MADE_UP_TOWERS): Buffer {
  const files: ZipFile[] = towers.map((tower) => ({
    name: tower.entry,
    data: madeUpCheckpoint(tower),
    deflated: tower.deflated ?? false,
  }));
  const others: ZipFile[] = [
    { name: 'checkpoints/', data: Buffer.alloc(0) },
    { name: 'checkpoints/README.txt', data: Buffer.from('made up'), deflated: true },
    { name: '__MACOSX/checkpoints/._visual_pos.ckpt', data: Buffer.from('shadow') },
  ];
  return writeZip([...others, ...files]).bytes;
}

let efficientNet: Promise<Uint8Array> | undefined;

/** `model.safetensors` with timm's names, weights from a seed; 16 MB. */
export function madeUpEfficientNet(): Promise<Uint8Array> {
  return (efficientNet ??= seededEfficientNetWeights('pull').then((tensors) => encodeSafetensors(tensors)));
}

/** A tar of files, as `tar` writes it: a header of 512 bytes and the content, padded to blocks, for each. */
export function writeTar(files: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  const blocks = files.flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write(content.byteLength.toString(8).padStart(11, '0'), 124);
    return [header, content, Buffer.alloc(-content.byteLength & 511)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A SavedModel's archive by its names; nothing here could run a real one. */
export const MADE_UP_TRILL = gzipSync(
  writeTar([
    ['./', Buffer.alloc(0)],
    ['./variables/variables.index', Buffer.alloc(513, 1)],
    ['./saved_model.pb', Buffer.from('made up')],
  ]),
);

/** The three published files on a host, behind redirects as their own hosts have them. */
export async function publish(host: FileHost): Promise<void> {
  const files = [
    [EFFICIENTNET_FILE, await madeUpEfficientNet(), true],
    [TOWERS_FILE, madeUpArchive(), false],
    [TRILL_FILE, MADE_UP_TRILL, false],
  ] as const;
  for (const [{ id, url }, bytes, isStated] of files) {
    const { pathname, search } = new URL(url);
    const stated = isStated ? sha256Of(bytes) : undefined;
    host.files.set(pathname + search, { bytes, redirect: { to: `/storage/${id}?signature=secret`, stated } });
    host.files.set(`/storage/${id}?signature=secret`, { bytes });
  }
}
