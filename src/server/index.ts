/** Sessions, HTTP, WebSockets, metrics: streams and model put together. */
export { createServer, type ServerOptions, type ServerParts } from './create-server.js';
export type { EvokedServer } from './evoked-server.js';
export { loadConfig, type LoadConfigOptions } from './config/load-config.js';
export type { Parts } from './session/parts.js';
