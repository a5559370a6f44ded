import { createHash } from 'node:crypto';
import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import type { TowerState } from './state.js';

/** One tower's share of a saved state. */
export interface SavedTower extends TowerState {
  /** Span and width of each convolution's ring in `taps`, one pair after another: `Tower.stateShape`. */
  readonly shape: readonly number[];
}

/** A tower, and where in the stream's epoch it is. */
export interface StreamTower extends SavedTower {
  /** The last segment that it stepped; null where it has not stepped in this epoch. */
  readonly lastSeq: number | null;
}

/** What a stream's towers remember behind one of its segments. */
export interface StreamState {
  /** Hex SHA-256 that names the pack whose towers these are. */
  readonly packDigest: string;
  /** The last segment that was stepped; null before the first. The segment to go on with is of the same epoch, and later. */
  readonly last: { readonly epoch: number; readonly seq: number } | null;
  readonly towers: Readonly<Partial<Record<Modality, StreamTower>>>;
}

/** Version of the layout; one of another version is refused. */
export const STATE_LAYOUT_VERSION = 2;

const MAGIC = new TextEncoder().encode('EVKSTATE');
const MODALITY_CODES = { visual: 1, audio: 2 } as const satisfies Record<Modality, number>;
const HEADER_BYTES = 64;
const TOWER_HEADER_BYTES = 24;
const DIGEST_BYTES = 32;
const VERSION_AT = 8;
const NUM_TOWERS_AT = 10;
const LENGTH_AT = 12;
const PACK_AT = 16;
const EPOCH_AT = 48;
const SEQ_AT = 56;

/**
 * A state as bytes, little-endian, every value bit by bit as it is. 64 bytes: `EVKSTATE`, layout version (u16), number of
 * towers (u16), length of it all (u32), pack digest (32 bytes), epoch and seq (i64, both -1 before the first segment). Then
 * for each tower: modality (u32, 1 visual, 2 audio), number of rings (u32), steps taken (u64), seq of the last of them (i64, -1
 * where there was none in this epoch), span and width of each ring (u32 each), the rings' values (f32). Last the SHA-256 of everything before it. About 510 kB at the paper's size.
 */
export function encodeStreamState({ packDigest, last, towers }: StreamState): Uint8Array<ArrayBuffer> {
  const parts = (['visual', 'audio'] as const).flatMap((modality) => {
    const tower = towers[modality];
    return tower === undefined ? [] : [{ modality, ...tower }];
  });
  const numBytes = parts.reduce(
    (total, { shape, taps }) => total + TOWER_HEADER_BYTES + 4 * (shape.length + taps.length),
    HEADER_BYTES + DIGEST_BYTES,
  );
  const bytes = new Uint8Array(numBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(VERSION_AT, STATE_LAYOUT_VERSION, true);
  view.setUint16(NUM_TOWERS_AT, parts.length, true);
  view.setUint32(LENGTH_AT, numBytes, true);
  bytes.set(Buffer.from(packDigest, 'hex'), PACK_AT);
  view.setBigInt64(EPOCH_AT, BigInt(last?.epoch ?? -1), true);
  view.setBigInt64(SEQ_AT, BigInt(last?.seq ?? -1), true);
  let at = HEADER_BYTES;
  for (const { modality, shape, numSteps, lastSeq, taps } of parts) {
    view.setUint32(at, MODALITY_CODES[modality], true);
    view.setUint32(at + 4, shape.length / 2, true);
    view.setBigUint64(at + 8, BigInt(numSteps), true);
    view.setBigInt64(at + 16, BigInt(lastSeq ?? -1), true);
    at += TOWER_HEADER_BYTES;
    for (const size of shape) {
      view.setUint32(at, size, true);
      at += 4;
    }
    bytes.set(new Uint8Array(taps.buffer, taps.byteOffset, taps.byteLength), at);
    at += taps.byteLength;
  }
  bytes.set(checksum(bytes.subarray(0, at)), at);
  return bytes;
}

/**
 * Reads what `encodeStreamState` wrote; the result shares nothing with `bytes`.
 * @throws {EvokedError} ERR_MODEL_STATE: no saved state, of another layout version, cut off or changed
 */
export function decodeStreamState(bytes: Uint8Array): StreamState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES + DIGEST_BYTES || !MAGIC.every((byte, i) => bytes[i] === byte)) {
    return refuse('this is no saved state', `${bytes.length} bytes of something else`);
  }
  const version = view.getUint16(VERSION_AT, true);
  if (version !== STATE_LAYOUT_VERSION) {
    refuse('a saved state has another layout', `version ${version}`, `version ${STATE_LAYOUT_VERSION}`);
  }
  const length = view.getUint32(LENGTH_AT, true);
  if (length !== bytes.length) {
    refuse('a saved state has the wrong length', `${bytes.length} bytes`, `${length}`);
  }
  const end = bytes.length - DIGEST_BYTES;
  if (!checksum(bytes.subarray(0, end)).equals(bytes.subarray(end))) {
    refuse('a saved state is damaged', 'another checksum', 'the one that was saved');
  }
  const packDigest = Buffer.from(bytes.subarray(PACK_AT, PACK_AT + DIGEST_BYTES)).toString('hex');
  const [epoch, seq] = [view.getBigInt64(EPOCH_AT, true), view.getBigInt64(SEQ_AT, true)].map(Number);
  const last = epoch === -1 && seq === -1 ? null : { epoch: whole(epoch!), seq: whole(seq!) };
  const towers = decodeTowers(bytes.subarray(0, end), view);
  for (const { lastSeq } of Object.values(towers)) {
    if ((lastSeq ?? -1) > (last?.seq ?? -1))
      refuse('a tower in a saved state is ahead of it', `segment ${lastSeq}`);
  }
  return { packDigest, last, towers };
}

function decodeTowers(bytes: Uint8Array, view: DataView): Partial<Record<Modality, StreamTower>> {
  const towers: Partial<Record<Modality, StreamTower>> = {};
  let at = HEADER_BYTES;
  const take = (numBytes: number): number => {
    const start = at;
    at += numBytes;
    if (at > bytes.length) refuse('a tower in a saved state is not whole', `${at - bytes.length} bytes less`);
    return start;
  };
  for (let left = view.getUint16(NUM_TOWERS_AT, true); left > 0; left--) {
    const start = take(TOWER_HEADER_BYTES);
    const modality = modalityOf(view.getUint32(start, true));
    if (towers[modality] !== undefined) refuse(`a saved state has two ${modality} towers`, 'two', 'one');
    const numSizes = 2 * view.getUint32(start + 4, true);
    const numSteps = whole(Number(view.getBigUint64(start + 8, true)));
    const lastSeq = Number(view.getBigInt64(start + 16, true));
    const sizesAt = take(4 * numSizes);
    const shape = Array.from({ length: numSizes }, (_, i) => view.getUint32(sizesAt + 4 * i, true));
    const numTaps = numTapsOf(shape);
    const tapsAt = take(4 * numTaps);
    const taps = new Float32Array(numTaps);
    new Uint8Array(taps.buffer).set(bytes.subarray(tapsAt, at));
    towers[modality] = { numSteps, lastSeq: lastSeq === -1 ? null : whole(lastSeq), taps, shape };
  }
  if (at !== bytes.length)
    refuse('a saved state goes on behind its towers', `${bytes.length - at} bytes more`);
  return towers;
}

/** Number of values in rings of these spans and widths. */
export function numTapsOf(shape: readonly number[]): number {
  let numTaps = 0;
  for (let i = 0; i + 1 < shape.length; i += 2) numTaps += shape[i]! * shape[i + 1]!;
  return numTaps;
}

function modalityOf(code: number): Modality {
  if (code === MODALITY_CODES.visual) return 'visual';
  if (code === MODALITY_CODES.audio) return 'audio';
  return refuse('a saved state has an unknown tower', `modality ${code}`, '1 or 2');
}

function whole(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return refuse('a saved state counts wrongly', `${value}`, 'a whole number, not negative');
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function refuse(what: string, got: string, expected?: string): never {
  throw new EvokedError('ERR_MODEL_STATE', { what, got, ...(expected === undefined ? {} : { expected }) });
}
