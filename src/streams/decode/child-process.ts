import { childEnvironment } from '../child/child-environment.js';
import { startChild, type PipedChild } from '../child/start-child.js';
import { lowerPriorityOf } from './lower-priority.js';

/** A decode child as its parent holds it: control on stdin, media on stdout, and pushed bytes on a pipe of their own. */
export type DecodeChild = PipedChild;

/** What a decode child is to do, as far as its start goes. */
export interface DecodeChildNeeds {
  /** It opens a capture device, whose library looks around for the user's session. */
  readonly device: boolean;
  /** It decodes what a sender pushes: it has a pipe for that, `PUSHED_FD`. */
  readonly pushed: boolean;
}

/** Starts a decode child; injected in tests. */
export type SpawnDecodeChild = (needs?: DecodeChildNeeds) => DecodeChild;

/** Enough for pictures to come and go; what decoders allocate is not part of it. */
const MAX_HEAP_MB = 128;

/** Starts a decode child of this installation. It is killed, at the latest, when this process exits. */
export const spawnDecodeChild: SpawnDecodeChild = ({ device, pushed } = { device: false, pushed: false }) => {
  const numMorePipes = pushed ? 1 : 0;
  const child = startChild({
    entry: 'streams/decode/child-main',
    // How many descriptors it is meant to have.
    args: [String(3 + numMorePipes)],
    maxHeapMb: MAX_HEAP_MB,
    environment: childEnvironment(device),
    numMorePipes,
  });
  if (child.pid !== undefined) lowerPriorityOf(child.pid);
  return child;
};
