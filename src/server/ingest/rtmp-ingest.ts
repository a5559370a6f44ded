import type { Logger } from 'pino';
import type { Config } from '../../core/config.js';
import { RtmpReceiver } from '../../streams/rtmp/rtmp-receiver.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import type { Parts } from '../session/parts.js';
import type { StreamRegistry } from '../session/stream-registry.js';
import { RefusalLog } from './refusal-log.js';

/** Connections that have not shown a key, at most. */
const MAX_STRANGERS = 32;

/** What the RTMP port of a server needs. */
export interface RtmpIngestOptions {
  readonly config: Config;
  readonly parts: Parts;
  readonly registry: StreamRegistry;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
}

/** The RTMP port whose keys are those of the streams that are pushed; null where the settings name none. */
export function createRtmpIngest(options: RtmpIngestOptions): RtmpReceiver | null {
  const { config, parts, registry, metrics, log } = options;
  const { source, rtmp, host, maxStreams } = config;
  if (rtmp.port === null) return null;
  const refusals = new RefusalLog(log, () => parts.scheduler.now());
  const receiver = new RtmpReceiver({
    receiver: {
      host: rtmp.host === '' ? host : rtmp.host,
      port: rtmp.port,
      maxStrangers: MAX_STRANGERS,
      // Room for those that are being told that they are refused.
      maxConnections: maxStreams + 2 * MAX_STRANGERS,
      greetingTimeoutMs: source.connectTimeoutMs,
      idleTimeoutMs: source.readTimeoutMs,
    },
    watchdogMs: source.watchdogMs,
    memoryLimitMb: source.memoryLimitMb,
    backoffInitialMs: source.backoffInitialMs,
    backoffMaxMs: source.backoffMaxMs,
    inletOf: (key) => registry.findByKey(key)?.inlet ?? null,
    events: {
      listening: () => log.info({ address: receiver.address }, 'RTMP is received'),
      refused: (reason) => {
        metrics.rtmpRefused(reason);
        refusals.add(reason);
      },
      closed: (reason, count) => metrics.rtmpClosed(reason, count),
      restarting: (error) => {
        metrics.rtmpRestarted();
        log.error({ code: error.code, detail: error.message }, 'the RTMP receiver is started again');
      },
    },
    scheduler: parts.scheduler,
    random: parts.random,
  });
  return receiver;
}
