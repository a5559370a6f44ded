/** Subscribes to scores and pushes media, from a browser or from Node; imports the protocol's types and nothing else. */
export { subscribe } from './subscribe.js';
export type { StreamTarget, SubscribeOptions } from './options.js';
export { Subscription } from './subscription.js';
export { SubscriptionError, type ConnectionEvent, type EventMap } from './events.js';
export { pushMedia } from './ingest/push-media.js';
export type { PushOptions } from './ingest/options.js';
export { MediaPush } from './ingest/media-push.js';
export { PushError, type PushEvent, type PushEventMap, type RestartReason } from './ingest/events.js';
export type {
  PushWebSocket,
  PushWebSocketConstructor,
  WebSocketConstructor,
  WebSocketLike,
} from './web-socket.js';
export type {
  EndMessage,
  ErrorMessage,
  HelloMessage,
  HistoryGap,
  IngestContainer,
  PackInfo,
  ScoreMessage,
  ServerMessage,
  StatusMessage,
  StreamState,
} from '../core/protocol.js';
