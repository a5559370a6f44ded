import type { Logger } from 'pino';
import type { Config } from '../../core/config.js';
import type { SourceOrigin } from '../../streams/policy/source-policy.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import type { Parts } from './parts.js';

/** What every stream of a server shares. */
export interface RegistryOptions {
  readonly config: Config;
  readonly parts: Parts;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
}

/** What a session is made from. */
export interface SessionOptions extends RegistryOptions {
  readonly id: string;
  readonly url: string;
  /** Who named `url`; what a request names is under the policy of `config.source`. */
  readonly origin: SourceOrigin;
  /** A stream that was made for a sender has had none for too long: it is to be removed. */
  readonly abandoned: () => void;
}
