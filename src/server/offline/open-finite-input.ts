import { configSchema } from '../../core/config.js';
import type { MediaInput } from '../../streams/media-input.js';
import { openDecodeProcess } from '../../streams/decode/decode-process.js';

/** Opens a finite source as fast as it is read, with the default limits. */
export function openFiniteInput(url: string): MediaInput {
  const { source, preview } = configSchema.parse({});
  return openDecodeProcess({
    url,
    realTime: false,
    connectTimeoutMs: source.connectTimeoutMs,
    readTimeoutMs: source.readTimeoutMs,
    watchdogMs: source.watchdogMs,
    rtspTransport: source.rtspTransport,
    allowDevices: false,
    previewWidth: preview.width,
  });
}
