import { afterEach, describe, expect, it } from 'vitest';
import { decodeAll, fileOptions } from '../fixtures/decode.js';
import { hasRtspServer, startRtspServer, type RtspServer } from '../fixtures/rtsp-server.js';
import { watchSource } from '../fixtures/watch-source.js';

let server: RtspServer | undefined;
afterEach(() => server?.stop());

const USER = 'watcher';
/** Holds what has a meaning in addresses. */
const PASSWORD = 'ge:h@im/?#9';

const credentials = (user: string, password: string): string =>
  `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;

async function start(method: 'basic' | 'digest'): Promise<(login: string) => string> {
  const { port } = (server = await startRtspServer({
    width: 320,
    height: 180,
    auth: { method, user: USER, password: PASSWORD },
  }));
  return (login) => `rtsp://${login}127.0.0.1:${port}/live`;
}

describe.skipIf(!hasRtspServer()).each(['basic', 'digest'] as const)(
  'RTSP with %s authentication',
  (method) => {
    it('plays for who has the password', async () => {
      const urlFor = await start(method);
      const { story, tracks, segments } = await watchSource(
        urlFor(credentials(USER, PASSWORD)),
        ({ frames }) => frames.length >= 12,
      );
      expect(story).toEqual(['connecting', 'live']);
      expect(tracks).toMatchObject({ video: { codec: 'h264' }, audio: { codec: 'aac' } });
      expect(segments.filter(({ type }) => type === 'segment').length).toBeGreaterThan(6);
    });

    it('refuses wrong and missing passwords, and repeats none', async () => {
      const urlFor = await start(method);
      for (const login of [credentials(USER, 'wr0ng'), credentials('nobody', PASSWORD), '']) {
        const { error, frames } = await decodeAll(fileOptions(urlFor(login)));
        expect(error?.code).toBe('ERR_SOURCE_AUTH');
        expect(error?.message).toContain('127.0.0.1');
        expect(error?.message).not.toMatch(/wr0ng|nobody|watcher|ge(:|%3A)h/i);
        expect(frames).toHaveLength(0);
      }
    });
  },
);
