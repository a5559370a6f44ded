import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySource } from '../../src/model/checkpoint/byte-source.js';
import { readPickle } from '../../src/model/checkpoint/pickle-machine.js';
import { readStateDict } from '../../src/model/checkpoint/state-dict.js';
import { parseWeightFile } from '../../src/model/checkpoint/weight-file.js';
import { ZipArchive } from '../../src/model/checkpoint/zip-archive.js';
import { checkForeignModel } from '../../src/model/onnx/check-foreign-model.js';
import { loadPack } from '../../src/model/pack/load-pack.js';
import { parseSafetensors } from '../../src/model/weights/safetensors.js';
import {
  CHECKPOINT_SEEDS,
  ONNX_SEEDS,
  ONNX_TOKENS,
  PACK_SEEDS,
  PACK_TOKENS,
  PICKLE_SEEDS,
  PICKLE_TOKENS,
  SAFETENSORS_SEEDS,
  SAFETENSORS_TOKENS,
  ZIP_SEEDS,
  ZIP_TOKENS,
} from './corpus.js';
import type { FuzzTarget } from './fuzz-target.js';

export { runFuzz } from './fuzz-target.js';

/** Storages of a pickle on its own have as many zeros as a small file could hold. */
const MAX_STORAGE_BYTES = 4096;
const STORAGE = new Uint8Array(MAX_STORAGE_BYTES);

const PICKLE: FuzzTarget = {
  name: 'pickle',
  numInputs: 400_000,
  seeds: PICKLE_SEEDS,
  tokens: PICKLE_TOKENS,
  // With content that fits, so that tensors are looked at whatever the checksums of a whole file would say.
  parse(bytes) {
    const { value } = readPickle(bytes);
    readStateDict(value, bytes.byteLength, ({ numElements, type }) =>
      STORAGE.subarray(0, numElements * type.elementBytes),
    );
  },
};

const CHECKPOINT: FuzzTarget = {
  name: 'checkpoint',
  numInputs: 200_000,
  seeds: CHECKPOINT_SEEDS,
  tokens: [...PICKLE_TOKENS, ...ZIP_TOKENS],
  parse: parseWeightFile,
};

const ZIP: FuzzTarget = {
  name: 'zip',
  numInputs: 200_000,
  seeds: ZIP_SEEDS,
  tokens: ZIP_TOKENS,
  parse(bytes) {
    const zip = ZipArchive.open(memorySource(bytes));
    for (const name of zip.names().slice(1)) zip.read(name);
    zip.verifyRest();
  },
};

const SAFETENSORS: FuzzTarget = {
  name: 'safetensors',
  numInputs: 250_000,
  seeds: SAFETENSORS_SEEDS,
  tokens: SAFETENSORS_TOKENS,
  parse: parseSafetensors,
};

const ONNX: FuzzTarget = {
  name: 'onnx',
  numInputs: 150_000,
  seeds: ONNX_SEEDS,
  tokens: ONNX_TOKENS,
  parse: checkForeignModel,
};

const PACK_FILE = 'weights/tower.safetensors';

/** A folder with the file that the seeds name; removed when the process ends. */
function packFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'evoked-fuzz-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let folder: string | undefined;
const PACK: FuzzTarget = {
  name: 'pack.json',
  numInputs: 50_000,
  seeds: PACK_SEEDS,
  tokens: [...PACK_TOKENS, PACK_FILE],
  parse(bytes) {
    folder ??= packFolder();
    writeFileSync(join(folder, 'pack.json'), bytes);
    return loadPack(folder);
  },
};

/** Every parser of files from outside. */
export const FUZZ_TARGETS: readonly FuzzTarget[] = [PICKLE, CHECKPOINT, ZIP, SAFETENSORS, ONNX, PACK];
