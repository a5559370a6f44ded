import type { Config } from '../../core/config.js';
import type { MediaInputOptions } from '../../streams/media-input.js';
import { policyFor, type SourceOrigin } from '../../streams/policy/source-policy.js';
import type { PushForm } from '../../streams/push/pushed-media.js';

/** How a server opens a source. */
export function inputOptions(url: string, origin: SourceOrigin, config: Config): MediaInputOptions {
  const { source, preview } = config;
  return {
    url,
    realTime: true,
    connectTimeoutMs: source.connectTimeoutMs,
    readTimeoutMs: source.readTimeoutMs,
    watchdogMs: source.watchdogMs,
    memoryLimitMb: source.memoryLimitMb,
    rtspTransport: source.rtspTransport,
    policy: policyFor(origin, config),
    previewWidth: preview.width,
    push: null,
  };
}

/**
 * How a server opens what is pushed. A sender's silence is watched where the sender is; the decode child is patient enough for
 * one that takes a lost connection up again, and ends with one whose bytes never become media.
 */
export function pushedInputOptions(push: PushForm, config: Config): MediaInputOptions {
  const { connectTimeoutMs, readTimeoutMs } = config.source;
  return {
    // Without the key: the child needs none.
    ...inputOptions('push:', 'operator', config),
    connectTimeoutMs: connectTimeoutMs + readTimeoutMs,
    readTimeoutMs: 2 * readTimeoutMs,
    push,
  };
}
