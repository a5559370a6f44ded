import { optionsOf, type SubscribeOptions } from './options.js';
import { Subscription } from './subscription.js';

/**
 * Subscribes to the scores of a stream. Connects at once, and again whenever the connection is lost.
 * @param target options, or the whole address: `http://127.0.0.1:8787/v1/streams/demo/scores`
 * @example
 * import { subscribe } from 'evoked/client';
 *
 * for await (const message of subscribe({ baseUrl: 'http://127.0.0.1:8787', stream: 'demo' })) {
 *   if (message.type === 'score') console.log(message.seq, message.scores);
 * }
 */
export function subscribe(target: SubscribeOptions | string): Subscription {
  return new Subscription(typeof target === 'string' ? optionsOf(target) : target);
}
