import {
  PickleDict,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleValue,
  StorageRef,
  TensorRef,
} from './pickle-values.js';
import { refuse } from './refuse.js';

/** As PyTorch's own limit. */
const MAX_RANK = 64;

/**
 * What stands in a pickle for the call `callee(*args)`. Nothing is called: tensors become descriptions, dicts maps, and
 * everything else the name of its class.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function describeCall(callee: PickleValue, args: PickleValue): PickleValue {
  if (!(callee instanceof PickleGlobal) || !(args instanceof PickleTuple)) {
    return refuse('checkpoint calls what is no class or function', describeValue(callee));
  }
  const { name, role } = callee;
  const { items } = args;
  switch (role.type) {
    case 'dict':
      if (items.length !== 0) refuse(`${name} has an argument`, `${items.length}`, 'none');
      return new PickleDict();
    case 'rebuild-tensor':
      return describeTensor(name, items);
    case 'rebuild-parameter':
      if (items[0] instanceof TensorRef) return items[0];
      return refuse(`${name} is not given a tensor`, describeValue(items[0]));
    case 'attribute': {
      const [of, attribute] = items;
      const isKnown =
        items.length === 2 &&
        of instanceof PickleGlobal &&
        of.name === role.of &&
        typeof attribute === 'string' &&
        role.names.includes(attribute);
      if (isKnown) return new PickleObject(`${role.of}.${attribute}`);
      return refuse(
        `checkpoint asks ${name} for something that is not allowed`,
        items.map(describeValue).join(', '),
      );
    }
    case 'inert':
      return new PickleObject(name);
    case 'storage':
      return refuse('checkpoint makes a storage inside of its pickle', name);
  }
}

/**
 * The storage that a persistent id stands for: `('storage', class, key, place, numElements)`, and in the legacy format
 * a sixth value, null or `(key, firstElement, length)` of a part of it.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function describeStorage(id: PickleValue): StorageRef {
  const items = id instanceof PickleTuple ? id.items : [];
  const [kind, type, key, , numElements, view = null] = items;
  const isStorage =
    kind === 'storage' &&
    items.length <= 6 &&
    type instanceof PickleGlobal &&
    type.role.type === 'storage' &&
    typeof key === 'string' &&
    isSize(numElements);
  if (!isStorage) return refuse('checkpoint has a persistent id that is no storage', describeValue(kind));
  const { storage } = type.role;
  if (view === null) return new StorageRef(key, storage, numElements, 0, numElements);
  const [viewKey, first, length] = view instanceof PickleTuple ? view.items : [];
  if (typeof viewKey !== 'string' || !isSize(first) || !isSize(length) || first + length > numElements) {
    refuse(`part of storage ${key} is out of range`, `${describeValue(first)} of ${numElements}`);
  }
  return new StorageRef(key, storage, numElements, first, length);
}

function describeTensor(name: string, items: readonly PickleValue[]): TensorRef {
  const [storage, offset, sizes, steps] = items;
  if (!(storage instanceof StorageRef))
    return refuse(`${name} is not given a storage`, describeValue(storage));
  const shape = sizeList(sizes);
  const strides = sizeList(steps);
  if (!isSize(offset) || shape === undefined || strides === undefined || shape.length !== strides.length) {
    return refuse(`${name} is not given an offset, a shape and strides`);
  }
  return new TensorRef(storage, offset, shape, strides);
}

function sizeList(value: PickleValue | undefined): readonly number[] | undefined {
  if (!(value instanceof PickleTuple) || value.items.length > MAX_RANK) return undefined;
  return value.items.every(isSize) ? value.items : undefined;
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function describeValue(value: PickleValue | undefined): string {
  if (value instanceof PickleGlobal) return value.name;
  if (value === null || typeof value !== 'object') return String(value);
  return value instanceof PickleObject ? value.className : value.constructor.name;
}
