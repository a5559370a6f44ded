/** The peer does not speak RTMP, or more of it than it may: its connection is closed. Never leaves the receiver's process. */
export class RtmpViolation extends Error {
  override readonly name = 'RtmpViolation';
}
