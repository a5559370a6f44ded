import { RtmpViolation } from './rtmp-violation.js';

/** A value of a command; what else AMF0 knows is read over and is `undefined`. Objects are maps: no key means more than itself. */
export type Amf0Value = number | boolean | string | null | undefined | ReadonlyMap<string, Amf0Value>;

const MARKER = {
  number: 0,
  boolean: 1,
  string: 2,
  object: 3,
  null: 5,
  undefined: 6,
  ecmaArray: 8,
  objectEnd: 9,
  strictArray: 10,
  date: 11,
  longString: 12,
} as const;

/** Commands of encoders nest one level. */
const MAX_DEPTH = 8;

/** Reads the values of a command one by one, so that what is not asked for is not read either. */
export class Amf0Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /**
   * The next value, `undefined` behind the last.
   * @throws {RtmpViolation}
   */
  next(): Amf0Value {
    return this.#at === this.#bytes.length ? undefined : this.#value(0);
  }

  #value(depth: number): Amf0Value {
    if (depth > MAX_DEPTH) throw new RtmpViolation('a command is nested too deeply');
    const marker = this.#take(1).readUInt8();
    switch (marker) {
      case MARKER.number:
        return this.#take(8).readDoubleBE();
      case MARKER.boolean:
        return this.#take(1).readUInt8() !== 0;
      case MARKER.string:
        return this.#text(this.#take(2).readUInt16BE());
      case MARKER.longString:
        return this.#text(this.#take(4).readUInt32BE());
      case MARKER.object:
        return this.#object(depth);
      case MARKER.ecmaArray:
        this.#take(4);
        return this.#object(depth);
      case MARKER.strictArray:
        for (let left = this.#take(4).readUInt32BE(); left > 0; left--) this.#value(depth + 1);
        return undefined;
      case MARKER.date:
        this.#take(10);
        return undefined;
      case MARKER.null:
        return null;
      case MARKER.undefined:
        return undefined;
      default:
        throw new RtmpViolation('a command holds a value of an unknown type');
    }
  }

  #object(depth: number): Map<string, Amf0Value> {
    const entries = new Map<string, Amf0Value>();
    for (;;) {
      const key = this.#text(this.#take(2).readUInt16BE());
      if (key === '' && this.#bytes[this.#at] === MARKER.objectEnd) {
        this.#at += 1;
        return entries;
      }
      entries.set(key, this.#value(depth + 1));
    }
  }

  #text(numBytes: number): string {
    return this.#take(numBytes).toString('utf8');
  }

  #take(numBytes: number): Buffer {
    const end = this.#at + numBytes;
    if (end > this.#bytes.length) throw new RtmpViolation('a command ends inside a value');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** What this side says: flat objects of short texts and numbers. */
export type Amf0Written = number | string | null | Readonly<Record<string, number | string>>;

/** The values of a command, one after another. */
export function encodeAmf0(values: readonly Amf0Written[]): Buffer {
  return Buffer.concat(values.map(encodeValue));
}

function encodeValue(value: Amf0Written): Buffer {
  if (value === null) return Buffer.of(MARKER.null);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9);
    bytes.writeUInt8(MARKER.number, 0);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (typeof value === 'string') return Buffer.concat([Buffer.of(MARKER.string), encodeText(value)]);
  const pairs = Object.entries(value).flatMap(([key, inner]) => [encodeText(key), encodeValue(inner)]);
  return Buffer.concat([Buffer.of(MARKER.object), ...pairs, Buffer.of(0, 0, MARKER.objectEnd)]);
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
