import type { Readable } from 'node:stream';

/** What waits to be decoded, taken out; '' where nothing does. */
export function waitingText(bytes: Readable): string {
  return (bytes.read() as Buffer | null)?.toString() ?? '';
}
