import { randomBytes } from 'node:crypto';

/** A key for senders of one stream: 32 characters that every encoder's settings take. */
export function makeStreamKey(): string {
  return randomBytes(24).toString('base64url');
}
