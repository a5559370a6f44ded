import type { Tensor, TensorMap } from '../weights/tensor.js';
import { denseTensor, TensorBudget } from './dense-tensor.js';
import { PickleDict, type PickleValue, type StorageRef, TensorRef } from './pickle-values.js';
import { refuse } from './refuse.js';

/** What is read out of a checkpoint. */
export interface CheckpointContent {
  readonly tensors: TensorMap;
  readonly metadata: ReadonlyMap<string, string>;
}

const STATE_DICT_KEY = 'state_dict';
const MAX_TENSORS = 65_536;
/** Longer texts beside the weights are no facts about them. */
const MAX_METADATA_LENGTH = 1000;

/**
 * The tensors of a checkpoint's state dict: the value of `state_dict`, as Lightning writes it, or the checkpoint itself
 * where it is a dict of tensors. Storages are read once each, and only those that the state dict uses.
 * @param fileBytes bounds what may be copied out of strided tensors
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function readStateDict(
  root: PickleValue,
  fileBytes: number,
  readStorage: (storage: StorageRef) => Uint8Array,
): CheckpointContent {
  if (!(root instanceof PickleDict)) {
    return refuse('checkpoint is no dict', undefined, 'a state dict, or a dict with state_dict');
  }
  const nested = root.get(STATE_DICT_KEY);
  const dict = nested instanceof PickleDict ? nested : root;
  const storages = new Map<string, Uint8Array>();
  const budget = new TensorBudget(fileBytes);
  const tensors = new Map<string, Tensor>();
  for (const [name, value] of dict) {
    if (!(value instanceof TensorRef)) continue;
    if (typeof name !== 'string') refuse('a tensor of the checkpoint has a name that is no text');
    if (tensors.size === MAX_TENSORS)
      refuse('checkpoint has too many tensors', undefined, `at most ${MAX_TENSORS}`);
    const { storage } = value;
    const bytes = storages.get(storage.key) ?? aligned(readStorage(storage), storage.type.elementBytes);
    storages.set(storage.key, bytes);
    tensors.set(name, denseTensor(name, value, bytes, budget));
  }
  if (tensors.size === 0)
    refuse('checkpoint holds no tensors', undefined, 'a state dict, or a dict with state_dict');
  return { tensors, metadata: dict === root ? new Map() : plainFacts(root) };
}

/** Storages of the legacy format lie anywhere; copied once here, all tensors can be views. */
function aligned(bytes: Uint8Array, elementBytes: number): Uint8Array {
  return bytes.byteOffset % elementBytes === 0 ? bytes : new Uint8Array(bytes);
}

function plainFacts(root: PickleDict): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  for (const [key, value] of root) {
    if (typeof key !== 'string' || (typeof value !== 'string' && typeof value !== 'number')) continue;
    const text = String(value);
    if (key.length + text.length <= MAX_METADATA_LENGTH) facts.set(key, text);
  }
  return facts;
}
