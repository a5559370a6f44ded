import { createHash } from 'node:crypto';
import { createFilm } from '../film.js';

/** One picture and a little sound of each of so many scenes. */
const NUM_LOOKS = 24;
const SECONDS_BETWEEN = 2.5;
const NUM_SAMPLES = 1600;

let fingerprint: string | undefined;

/**
 * Hex SHA-256 that changes when the film maker does: over looks at one film, and what it is designed to evoke. Films and
 * features of different film makers are not to be mixed.
 */
export function filmFingerprint(): string {
  if (fingerprint !== undefined) return fingerprint;
  const film = createFilm('fingerprint');
  const hash = createHash('sha256');
  for (let look = 0; look < NUM_LOOKS; look++) {
    const seconds = look * SECONDS_BETWEEN;
    hash.update(film.frameAt(seconds).rgb);
    hash.update(film.audio(Math.round(seconds * 16_000), NUM_SAMPLES));
    hash.update(Float64Array.from(film.designedAt(seconds + 1)));
  }
  return (fingerprint = hash.digest('hex'));
}
