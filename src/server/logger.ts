import { pino, type Logger } from 'pino';
import type { Config } from '../core/config.js';

/** The server's own log, as JSON lines on standard error: standard output belongs to the commands. */
export function createLogger({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  return pino(
    { level: logLevel, redact: ['token', '*.token', '*.headers.authorization', '*.headers.cookie'] },
    pino.destination({ fd: 2, sync: false }),
  );
}
