import { MediaPush } from './media-push.js';
import type { PushOptions } from './options.js';

/**
 * Pushes media into a stream that was added with `push: true`. Connects at once, and again whenever the connection is lost.
 * @example
 * import { pushMedia } from 'evoked/client';
 *
 * const push = pushMedia({ baseUrl: 'http://127.0.0.1:8787', stream: 'talk' });
 * push.start('mpegts');
 * for await (const chunk of process.stdin) {
 *   push.write(chunk);
 *   await push.drained();
 * }
 * await push.stop();
 */
export function pushMedia(options: PushOptions): MediaPush {
  return new MediaPush(options);
}
