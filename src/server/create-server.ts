import type { Logger } from 'pino';
import { systemClock } from '../core/clock.js';
import type { Config } from '../core/config.js';
import { steadyScheduler } from '../core/steady-scheduler.js';
import { openDecodeProcess } from '../streams/decode/decode-process.js';
import { EvokedServer } from './evoked-server.js';
import { builtDashboardFolder } from './http/dashboard-routes.js';
import { createLogger } from './logger.js';
import { requireFilesFolder } from './config/require-files-folder.js';
import { requireTokenBeyondLoopback } from './access/loopback.js';
import type { Parts } from './session/parts.js';

const KEEPALIVE_MS = 15_000;

/** Parts of a server: the engine has to be given, the rest is the product's own unless a test gives another one. */
export type ServerParts = Pick<Parts, 'engine'> & Partial<Parts>;

/** What is not a setting of the user's. */
export interface ServerOptions {
  /** Default: JSON lines on standard error, from `config.logLevel` on. */
  readonly log?: Logger;
  /** Folder of the built dashboard. */
  readonly dashboardFolder?: string;
  /** Time between pings, and between keep-alive comments, in ms. */
  readonly keepaliveMs?: number;
}

/**
 * Starts a server with the streams of `config.sources`. It owns the engine from now on, also where starting fails.
 * @throws {EvokedError} ERR_CONFIG_INVALID without a token on an address beyond loopback, or without the folder of files;
 * ERR_SERVER_ADDRESS;
 * ERR_SOURCE_URL of one of the sources
 */
export async function createServer(
  config: Config,
  parts: ServerParts,
  options: ServerOptions = {},
): Promise<EvokedServer> {
  const server = new EvokedServer({
    config,
    parts: {
      openInput: openDecodeProcess,
      clock: systemClock,
      scheduler: steadyScheduler,
      random: Math.random,
      ...parts,
    },
    log: options.log ?? createLogger(config),
    dashboardFolder: options.dashboardFolder ?? builtDashboardFolder(),
    keepaliveMs: options.keepaliveMs ?? KEEPALIVE_MS,
  });
  try {
    requireTokenBeyondLoopback(config.host, config.token);
    await requireFilesFolder(config.source.filesFolder);
    await server.listen();
    for (const [id, url] of Object.entries(config.sources)) server.addStream(id, url);
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}
