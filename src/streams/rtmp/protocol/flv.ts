import type { RtmpMessage } from './message.js';

const TAG_HEADER_BYTES = 11;
const PREVIOUS_SIZE_BYTES = 4;

/** The beginning of an FLV file that may hold both modalities; a track that never comes costs the time of probing. */
export const FLV_HEADER = Buffer.from('FLV\x01\x05\0\0\0\x09\0\0\0\0', 'latin1');

/** A message of audio or video as one tag of an FLV file: the body is the same, whatever codec it is of. */
export function flvTag({ type, timeMs, body }: RtmpMessage): Buffer {
  const tag = Buffer.allocUnsafe(TAG_HEADER_BYTES + body.length + PREVIOUS_SIZE_BYTES);
  tag.writeUInt8(type, 0);
  tag.writeUIntBE(body.length, 1, 3);
  tag.writeUIntBE(timeMs & 0xffffff, 4, 3);
  tag.writeUInt8(timeMs >>> 24, 7);
  tag.writeUIntBE(0, 8, 3);
  body.copy(tag, TAG_HEADER_BYTES);
  tag.writeUInt32BE(TAG_HEADER_BYTES + body.length, TAG_HEADER_BYTES + body.length);
  return tag;
}
