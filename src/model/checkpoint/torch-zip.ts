import type { ByteSource } from './byte-source.js';
import { readPickle } from './pickle-machine.js';
import { PICKLE_LIMITS } from './pickle-stack.js';
import type { StorageRef } from './pickle-values.js';
import { refuse } from './refuse.js';
import { type CheckpointContent, readStateDict } from './state-dict.js';
import { ZipArchive } from './zip-archive.js';

const PICKLE_NAME = /^[^/]+\/data\.pkl$/;

/**
 * Reads a checkpoint in the zip format (PyTorch 1.6 and later): `NAME/data.pkl`, and a file `NAME/data/KEY` a storage.
 * Every entry's checksum is verified, used or not.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function readZipCheckpoint(source: ByteSource): CheckpointContent {
  const zip = ZipArchive.open(source);
  const names = zip.names();
  const pickles = names.filter((name) => PICKLE_NAME.test(name));
  const pickleName = pickles[0] ?? refuse('zip archive is no PyTorch checkpoint', names[0], 'NAME/data.pkl');
  if (pickles.length > 1) refuse('zip archive holds more than one checkpoint', pickles.join(', '));
  const root = pickleName.slice(0, -'data.pkl'.length);
  if (names.some((name) => name.startsWith(`${root}code/`))) {
    refuse(
      'file is a TorchScript program, no checkpoint',
      undefined,
      'what torch.save writes of a state dict',
    );
  }
  checkByteOrder(zip, `${root}byteorder`);
  if (zip.numBytes(pickleName) > PICKLE_LIMITS.numBytes) {
    const expected = `at most ${PICKLE_LIMITS.numBytes} bytes`;
    refuse('pickle of the checkpoint is too large', `${zip.numBytes(pickleName)} bytes`, expected);
  }
  const bytes = zip.read(pickleName);
  const { value, end } = readPickle(bytes);
  if (end !== bytes.byteLength)
    refuse('pickle of the checkpoint ends early', `${end} of ${bytes.byteLength} bytes`);
  const readStorage = ({ key, type, numElements }: StorageRef): Uint8Array => {
    const name = `${root}data/${key}`;
    const expected = numElements * type.elementBytes;
    if (zip.numBytes(name) !== expected) {
      refuse(
        `storage ${key} of the checkpoint has a wrong size`,
        `${zip.numBytes(name)}`,
        `${expected} bytes`,
      );
    }
    return zip.read(name);
  };
  const content = readStateDict(value, source.size, readStorage);
  zip.verifyRest();
  return content;
}

function checkByteOrder(zip: ZipArchive, name: string): void {
  if (!zip.has(name) || zip.numBytes(name) > 16) return;
  const order = Buffer.from(zip.read(name)).toString('latin1');
  if (order !== 'little') refuse('checkpoint has another byte order', order, 'little');
}
