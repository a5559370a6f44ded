/** One message of RTMP. */
export interface RtmpMessage {
  readonly type: number;
  readonly streamId: number;
  /** 32 bits, in ms; wraps. */
  readonly timeMs: number;
  /** Not to be kept unless copied. */
  readonly body: Buffer;
}

/** Types of messages that a publisher and its server exchange. */
export const MESSAGE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowSize: 5,
  peerBandwidth: 6,
  audio: 8,
  video: 9,
  amf3Command: 17,
  command: 20,
} as const;

/** Longest time that a chunk header has room for; a longer one stands behind it. */
export const EXTENDED_TIME = 0xffffff;

/** What a side that has not said otherwise cuts its messages into, in bytes. */
export const DEFAULT_CHUNK_BYTES = 128;
