import { EvokedError } from '../../core/errors.js';
import type { ByteSource } from './byte-source.js';
import { type PickleContent, readPickle } from './pickle-machine.js';
import { PICKLE_LIMITS } from './pickle-stack.js';
import { PickleDict, type PickleValue, type StorageRef } from './pickle-values.js';
import { refuse } from './refuse.js';
import { type CheckpointContent, readStateDict } from './state-dict.js';

/** The first pickle of every such file, and the second. */
const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;
/** Each storage begins with its number of elements. */
const LENGTH_BYTES = 8;

/**
 * Reads a checkpoint in the format of PyTorch before 1.6: five pickles (magic number, version, the machine it was written
 * on, the content, the keys of its storages), then the storages in the order of the keys.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS; ERR_FILE_FORMAT where it is another pickle
 */
export function readLegacyCheckpoint(source: ByteSource): CheckpointContent {
  const head = source.read(0, Math.min(source.size, PICKLE_LIMITS.numBytes));
  let end = 0;
  const next = (): PickleContent => {
    const content = readPickle(head, end);
    end = content.end;
    return content;
  };
  if (next().value !== MAGIC_NUMBER) {
    const expected = 'a PyTorch checkpoint';
    throw new EvokedError('ERR_FILE_FORMAT', { what: 'file is a pickle of something else', expected });
  }
  const { value: version } = next();
  if (version !== PROTOCOL_VERSION) {
    const got = typeof version === 'number' ? `${version}` : typeof version;
    refuse('checkpoint is of another version', got, `${PROTOCOL_VERSION}`);
  }
  const { value: system } = next();
  if (!(system instanceof PickleDict) || system.get('little_endian') !== true) {
    refuse('checkpoint was written on a machine of another byte order', undefined, 'little-endian');
  }
  const { value: root, storages } = next();
  const places = locateStorages(source, storageKeys(next().value), storages, end);
  const readStorage = ({ key, type, numElements }: StorageRef): Uint8Array => {
    const offset = places.get(key) ?? refuse(`storage ${key} of the checkpoint is missing`);
    return source.read(offset, numElements * type.elementBytes);
  };
  return readStateDict(root, source.size, readStorage);
}

function storageKeys(value: PickleValue): string[] {
  if (Array.isArray(value) && value.every((key) => typeof key === 'string')) return value;
  return refuse('checkpoint has no list of its storages');
}

/** Where the elements of each storage begin; they must fill the file to its end. */
function locateStorages(
  source: ByteSource,
  keys: readonly string[],
  storages: ReadonlyMap<string, StorageRef>,
  start: number,
): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  let offset = start;
  for (const key of keys) {
    const storage = storages.get(key) ?? refuse('checkpoint lists a storage that nothing uses', key);
    if (places.has(key)) refuse('checkpoint lists a storage twice', key);
    const { type, numElements } = storage;
    const field = source.read(offset, LENGTH_BYTES);
    const stated = new DataView(field.buffer, field.byteOffset, LENGTH_BYTES).getBigInt64(0, true);
    if (stated !== BigInt(numElements)) {
      refuse(`storage ${key} of the checkpoint has a wrong size`, `${stated}`, `${numElements} elements`);
    }
    places.set(key, offset + LENGTH_BYTES);
    offset += LENGTH_BYTES + numElements * type.elementBytes;
  }
  if (offset !== source.size)
    refuse('storages do not fill the checkpoint', `${source.size} bytes`, `${offset}`);
  return places;
}
