import type { StorageType } from './storage-types.js';

/**
 * What a pickle of a checkpoint can hold. Everything is inert: a class is a name, an instance of it is a name too, and a
 * tensor is a description of where its values lie. Lists are arrays; dicts of every kind are maps.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleTuple
  | PickleDict
  | PickleGlobal
  | PickleObject
  | StorageRef
  | TensorRef;

/** A dict or an OrderedDict. */
export class PickleDict extends Map<PickleValue, PickleValue> {}

/** A tuple. */
export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** The name of a class or function on the allowlist. */
export class PickleGlobal {
  constructor(
    /** `module.name`. */
    readonly name: string,
    readonly role: GlobalRole,
  ) {}
}

/** What is made of a global where a pickle calls it. */
export type GlobalRole =
  | { readonly type: 'storage'; readonly storage: StorageType }
  | { readonly type: 'dict' }
  | { readonly type: 'rebuild-tensor' }
  | { readonly type: 'rebuild-parameter' }
  /** `getattr` of exactly these attributes of exactly this class. */
  | { readonly type: 'attribute'; readonly of: string; readonly names: readonly string[] }
  /** An instance whose content is passed over. */
  | { readonly type: 'inert' };

/** An instance of something whose content does not matter; only its class is kept. */
export class PickleObject {
  constructor(readonly className: string) {}
}

/** A storage that lies outside of the pickle. */
export class StorageRef {
  constructor(
    readonly key: string,
    readonly type: StorageType,
    /** Elements of the whole storage. */
    readonly numElements: number,
    /** Elements of the whole storage before this part of it. */
    readonly firstElement: number,
    /** Elements of this part. */
    readonly length: number,
  ) {}
}

/** A tensor over a storage: element `i` of axis `a` is `strides[a] · i` elements further on. */
export class TensorRef {
  constructor(
    readonly storage: StorageRef,
    /** Elements of the storage's part before the first one. */
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}
