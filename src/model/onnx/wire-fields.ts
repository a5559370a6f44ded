/** One field of a protobuf message: its number, and its value where that is a number (inexact beyond 2^53) or bytes. */
export type WireField =
  | { readonly number: number; readonly type: 'varint'; readonly value: number }
  | { readonly number: number; readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly number: number; readonly type: 'fixed' };

const MAX_VARINT_BYTES = 10;
const MAX_TAG = 2 ** 32 - 1;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Thrown by `wireFields` where bytes are no protobuf message. */
export class WireError extends Error {}

/**
 * The fields of a protobuf message in order; bytes are views. Strict: no groups, no field 0, nothing beyond the end.
 * @param onField is told of each, and may end it by throwing
 * @throws {WireError}
 */
export function* wireFields(message: Uint8Array, onField: () => void): Generator<WireField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++, scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new WireError('a number is cut short');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new WireError('a number has no end');
  };
  while (at < message.byteLength) {
    const tag = varint();
    if (tag < 8 || tag > MAX_TAG) throw new WireError(`field tag ${tag} is not valid`);
    const [number, wireType] = [tag >>> 3, tag & 7];
    onField();
    if (wireType === 0) yield { number, type: 'varint', value: varint() };
    else if (wireType === 2) {
      const length = varint();
      if (length > message.byteLength - at) throw new WireError(`field ${number} is cut short`);
      const bytes = message.subarray(at, at + length);
      at += bytes.byteLength;
      yield { number, type: 'bytes', bytes };
    } else {
      const length = FIXED_BYTES[wireType];
      if (length === undefined) throw new WireError(`wire type ${wireType} is not supported`);
      if (length > message.byteLength - at) throw new WireError(`field ${number} is cut short`);
      at += length;
      yield { number, type: 'fixed' };
    }
  }
}
