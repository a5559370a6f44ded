import { afterEach, describe, expect, it } from 'vitest';
import { hasRtspServer, startRtspServer, type RtspServer } from '../fixtures/rtsp-server.js';
import { LOOPBACK, requestPolicy } from '../fixtures/request-policy.js';
import { startTlsProxy } from '../fixtures/tls-proxy.js';
import { watchSource, type Watched } from '../fixtures/watch-source.js';

let server: RtspServer | undefined;
afterEach(() => server?.stop());

const seconds =
  (count: number) =>
  ({ frames }: Watched): boolean =>
    frames.length >= count * 6;

describe.skipIf(!hasRtspServer())('RTSP', () => {
  it.each(['udp', 'tcp'] as const)('over %s: every segment, from both modalities', async (rtspTransport) => {
    server = await startRtspServer({ width: 640, height: 360 });
    const { story, tracks, segments, frames, numDropped } = await watchSource(server.url, seconds(6), {
      rtspTransport,
    });
    expect(story).toEqual(['connecting', 'live']);
    expect(tracks).toMatchObject({ video: { codec: 'h264', width: 640 }, audio: { codec: 'aac' } });
    expect(tracks?.durationSeconds).toBeNull();
    const whole = segments.filter((each) => each.type === 'segment').slice(3);
    expect(whole.length).toBeGreaterThan(25);
    whole.slice(1).forEach(({ seq }, i) => expect(seq).toBe(whole[i]!.seq + 1));
    expect(whole.every(({ frame, audio }) => frame !== null && audio !== null)).toBe(true);
    expect(numDropped).toBe(0);
    const lags = frames.slice(12).map(({ arrivedAtMs, ptsUs }) => arrivedAtMs - ptsUs / 1000);
    expect(Math.max(...lags) - Math.min(...lags)).toBeLessThan(150);
  });

  it.each(['udp', 'tcp'] as const)('from a server that takes nothing but %s', async (transport) => {
    server = await startRtspServer({ width: 320, height: 180, transport });
    const { story, segments } = await watchSource(server.url, seconds(3), {
      rtspTransport: transport === 'udp' ? 'auto' : 'udp',
    });
    expect(story).toEqual(['connecting', 'live']);
    const whole = segments.filter((each) => each.type === 'segment').slice(3);
    expect(whole.length).toBeGreaterThan(6);
    expect(whole.some(({ frame, audio }) => frame !== null && audio !== null)).toBe(true);
  });

  it('named by a request: over TCP whatever was wished for, through a relay, plain and over TLS', async () => {
    server = await startRtspServer({ width: 320, height: 180 });
    const proxy = await startTlsProxy(server.port);
    const policy = requestPolicy({ allowAddresses: [...LOOPBACK] });
    try {
      for (const url of [
        server.url.replace('127.0.0.1', 'localhost'),
        `rtsps://localhost:${proxy.port}/live`,
      ]) {
        const { story, segments } = await watchSource(url, seconds(3), { policy, rtspTransport: 'udp' });
        expect(story, url).toEqual(['connecting', 'live']);
        const whole = segments.filter((each) => each.type === 'segment').slice(3);
        expect(whole.length, url).toBeGreaterThan(9);
        expect(
          whole.every(({ frame, audio }) => frame !== null && audio !== null),
          url,
        ).toBe(true);
      }
    } finally {
      proxy.close();
    }
  });

  it('over TLS, from a camera whose certificate signs itself', async () => {
    server = await startRtspServer({ width: 640, height: 360 });
    const proxy = await startTlsProxy(server.port);
    try {
      const { story, tracks, numDropped } = await watchSource(
        `rtsps://127.0.0.1:${proxy.port}/live`,
        seconds(3),
      );
      expect(story).toEqual(['connecting', 'live']);
      expect(tracks).toMatchObject({ video: { codec: 'h264' }, audio: { codec: 'aac' } });
      expect(numDropped).toBe(0);
    } finally {
      proxy.close();
    }
  });
});
