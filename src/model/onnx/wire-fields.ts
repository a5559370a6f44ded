/** One field of a protobuf message: its number, and its value where that is a number or bytes. */
export type WireField =
  | { readonly number: number; readonly type: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly number: number; readonly type: 'fixed' };

const MAX_VARINT_BYTES = 10;
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Thrown by `wireFields` where bytes are no protobuf message. */
export class WireError extends Error {}

/**
 * The fields of a protobuf message in order; bytes are views. Strict: no groups, no field 0, nothing beyond the end.
 * @throws {WireError}
 */
export function* wireFields(message: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = message[at++];
      if (byte === undefined) throw new WireError('a number is cut short');
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('a number has no end');
  };
  while (at < message.byteLength) {
    const tag = varint();
    const [number, wireType] = [Number(tag >> 3n), Number(tag & 7n)];
    if (number === 0 || number > 0x1fff_ffff) throw new WireError(`field number ${number} is not valid`);
    if (wireType === 0) yield { number, type: 'varint', value: varint() };
    else if (wireType === 2) {
      const length = varint();
      if (length > BigInt(message.byteLength - at)) throw new WireError(`field ${number} is cut short`);
      const bytes = message.subarray(at, at + Number(length));
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
