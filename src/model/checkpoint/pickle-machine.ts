import { describeCall, describeStorage } from './pickle-calls.js';
import { PickleCursor } from './pickle-cursor.js';
import { allowedGlobal } from './pickle-globals.js';
import { OPCODES, opcodeName } from './pickle-opcodes.js';
import { exceeded, PICKLE_LIMITS, PickleStack } from './pickle-stack.js';
import { PickleDict, PickleObject, PickleTuple, type PickleValue, type StorageRef } from './pickle-values.js';
import { refuse } from './refuse.js';

/** What a pickle says. */
export interface PickleContent {
  readonly value: PickleValue;
  /** Every storage that it named, by key. */
  readonly storages: ReadonlyMap<string, StorageRef>;
  /** One past its last byte. */
  readonly end: number;
}

/**
 * Interprets one pickle as data. Nothing is imported, called or made: classes and functions are looked up in an allowlist
 * of names and stay names. Another global or opcode is refused by name, as is one that uses up too much (`PICKLE_LIMITS`).
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function readPickle(bytes: Uint8Array, start = 0): PickleContent {
  return new PickleMachine(bytes, start).run();
}

class PickleMachine {
  readonly #cursor: PickleCursor;
  readonly #stack = new PickleStack();
  readonly #storages = new Map<string, StorageRef>();
  #numObjects = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#cursor = new PickleCursor(bytes, start);
  }

  run(): PickleContent {
    if (this.#cursor.u8() !== OPCODES.PROTO)
      refuse('pickle of the checkpoint has no protocol', undefined, '2 to 5');
    this.#checkProtocol();
    for (let numOpcodes = 0; numOpcodes < PICKLE_LIMITS.opcodes; numOpcodes++) {
      const opcode = this.#cursor.u8();
      if (opcode === OPCODES.STOP) return this.#content();
      this.#execute(opcode);
    }
    return exceeded('opcodes', PICKLE_LIMITS.opcodes);
  }

  #content(): PickleContent {
    const value = this.#stack.pop();
    if (this.#stack.size > 0) refuse('pickle of the checkpoint leaves values behind', `${this.#stack.size}`);
    return { value, storages: this.#storages, end: this.#cursor.position };
  }

  #execute(opcode: number): void {
    const [cursor, stack] = [this.#cursor, this.#stack];
    switch (opcode) {
      case OPCODES.MARK:
        return stack.mark();
      case OPCODES.POP:
        return void stack.pop();
      case OPCODES.POP_MARK:
        return void stack.popToMark();
      case OPCODES.NONE:
        return stack.push(null);
      case OPCODES.NEWTRUE:
        return stack.push(true);
      case OPCODES.NEWFALSE:
        return stack.push(false);
      case OPCODES.BININT:
        return stack.push(cursor.i32());
      case OPCODES.BININT1:
        return stack.push(cursor.u8());
      case OPCODES.BININT2:
        return stack.push(cursor.u16());
      case OPCODES.LONG1:
        return stack.push(cursor.long(cursor.u8()));
      case OPCODES.BINFLOAT:
        return stack.push(cursor.f64());
      case OPCODES.BINUNICODE:
        return stack.push(cursor.text(cursor.u32()));
      case OPCODES.SHORT_BINUNICODE:
        return stack.push(cursor.text(cursor.u8()));
      case OPCODES.BINBYTES:
        return stack.push(cursor.bytes(cursor.u32()));
      case OPCODES.SHORT_BINBYTES:
        return stack.push(cursor.bytes(cursor.u8()));
      case OPCODES.BINPUT:
        return stack.memoize(cursor.u8());
      case OPCODES.LONG_BINPUT:
        return stack.memoize(cursor.u32());
      case OPCODES.MEMOIZE:
        return stack.memoize(stack.memoSize);
      case OPCODES.BINGET:
        return stack.recall(cursor.u8());
      case OPCODES.LONG_BINGET:
        return stack.recall(cursor.u32());
      case OPCODES.PROTO:
        return this.#checkProtocol();
      case OPCODES.FRAME:
        return void cursor.u64();
      default:
        return this.#executeObject(opcode);
    }
  }

  /** The opcodes that make something or fill it. */
  #executeObject(opcode: number): void {
    const [cursor, stack] = [this.#cursor, this.#stack];
    switch (opcode) {
      case OPCODES.EMPTY_LIST:
        return this.#make([]);
      case OPCODES.EMPTY_DICT:
        return this.#make(new PickleDict());
      case OPCODES.EMPTY_SET:
        return this.#make(new PickleObject('set'));
      case OPCODES.EMPTY_TUPLE:
        return this.#make(stack.popTuple(0));
      case OPCODES.TUPLE1:
        return this.#make(stack.popTuple(1));
      case OPCODES.TUPLE2:
        return this.#make(stack.popTuple(2));
      case OPCODES.TUPLE3:
        return this.#make(stack.popTuple(3));
      case OPCODES.TUPLE:
        return this.#make(new PickleTuple(stack.popToMark()));
      case OPCODES.APPEND:
        return this.#append([stack.pop()]);
      case OPCODES.APPENDS:
      case OPCODES.ADDITEMS:
        return this.#append(stack.popToMark());
      case OPCODES.SETITEM:
        return this.#setItems(stack.popTuple(2).items);
      case OPCODES.SETITEMS:
        return this.#setItems(stack.popToMark());
      case OPCODES.GLOBAL:
        return this.#make(allowedGlobal(cursor.line(), cursor.line()));
      case OPCODES.STACK_GLOBAL: {
        const [module, name] = stack.popTuple(2).items;
        if (typeof module !== 'string' || typeof name !== 'string')
          refuse('checkpoint names a class by no text');
        return this.#make(allowedGlobal(module, name));
      }
      case OPCODES.REDUCE:
      case OPCODES.NEWOBJ: {
        const [callee, args] = stack.popTuple(2).items;
        return this.#make(describeCall(callee!, args!));
      }
      case OPCODES.BUILD:
        // Attributes: of a state dict its versions, of anything else what nobody reads.
        stack.pop();
        return void stack.top();
      case OPCODES.BINPERSID:
        return this.#makeStorage(describeStorage(stack.pop()));
      default:
        return refuse('checkpoint uses a pickle opcode that is not allowed', opcodeName(opcode));
    }
  }

  #make(value: PickleValue): void {
    if (++this.#numObjects > PICKLE_LIMITS.objects) exceeded('objects', PICKLE_LIMITS.objects);
    this.#stack.push(value);
  }

  #makeStorage(storage: StorageRef): void {
    const known = this.#storages.get(storage.key);
    if (known !== undefined && (known.type !== storage.type || known.numElements !== storage.numElements)) {
      refuse(`checkpoint describes storage ${storage.key} in two ways`);
    }
    this.#storages.set(storage.key, known ?? storage);
    this.#make(storage);
  }

  #append(items: readonly PickleValue[]): void {
    const list = this.#stack.top();
    if (Array.isArray(list)) for (const item of items) list.push(item);
    else if (!(list instanceof PickleObject)) refuse('checkpoint appends to what is no list');
  }

  #setItems(items: readonly PickleValue[]): void {
    const dict = this.#stack.top();
    if (items.length % 2 !== 0) refuse('checkpoint has a dict key without a value');
    if (dict instanceof PickleDict) {
      for (let i = 0; i < items.length; i += 2) dict.set(items[i]!, items[i + 1]!);
    } else if (!(dict instanceof PickleObject)) refuse('checkpoint sets items of what is no dict');
  }

  #checkProtocol(): void {
    const protocol = this.#cursor.u8();
    if (protocol < 2 || protocol > 5) refuse('pickle protocol is not supported', `${protocol}`, '2 to 5');
  }
}
