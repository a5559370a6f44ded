/** Subscribes to scores from a browser or from Node; imports the protocol's types and nothing else. */
export { subscribe } from './subscribe.js';
export type { SubscribeOptions } from './options.js';
export { Subscription } from './subscription.js';
export { SubscriptionError, type ConnectionEvent, type EventMap } from './events.js';
export type { WebSocketLike, WebSocketConstructor } from './web-socket.js';
export type {
  EndMessage,
  ErrorMessage,
  HelloMessage,
  HistoryGap,
  PackInfo,
  ScoreMessage,
  ServerMessage,
  StatusMessage,
  StreamState,
} from '../core/protocol.js';
