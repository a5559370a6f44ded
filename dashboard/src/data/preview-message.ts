/** Bytes before the JPEG: ptsUs (int64), epoch (uint32), seq (uint32), capturedAtMs (float64), little-endian. */
export const PREVIEW_HEADER_BYTES = 24;

/** One picture of `/v1/streams/{id}/preview`: the frame of one segment. */
export interface PreviewMessage {
  readonly ptsUs: number;
  readonly epoch: number;
  readonly seq: number;
  /** Wall clock (Unix ms) of the arrival of the segment's last media. */
  readonly capturedAtMs: number;
  readonly jpeg: Uint8Array<ArrayBuffer>;
}

/** Null where the message is too short to hold a picture. */
export function parsePreviewMessage(message: ArrayBuffer): PreviewMessage | null {
  if (message.byteLength <= PREVIEW_HEADER_BYTES) return null;
  const header = new DataView(message);
  return {
    ptsUs: Number(header.getBigInt64(0, true)),
    epoch: header.getUint32(8, true),
    seq: header.getUint32(12, true),
    capturedAtMs: header.getFloat64(16, true),
    jpeg: new Uint8Array(message, PREVIEW_HEADER_BYTES),
  };
}
