import { afterEach, describe, expect, it } from 'vitest';
import { hasRtspServer, startRtspServer, type RtspServer } from '../fixtures/rtsp-server.js';
import type { ScoreSocket } from '../fixtures/score-socket.js';
import { serveCam } from '../fixtures/serve-cam.js';

let server: RtspServer | undefined;
afterEach(() => server?.stop());

async function connect(tracks: 'av' | 'video' | 'audio'): Promise<ScoreSocket> {
  server = await startRtspServer({ tracks });
  return serveCam(server.url);
}

function expectConsecutive(seqs: readonly number[]): void {
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? NaN) + index));
}

describe.skipIf(!hasRtspServer())('a live RTSP camera', () => {
  it('gives six scores a second from both modalities, and starts a new epoch after it was away', async () => {
    const scores = await connect('av');
    await scores.find((message) => message.type === 'score' && message.seq === 30);
    const first = scores.scores(0).slice(-20);
    expectConsecutive(first.map(({ seq }) => seq));
    for (const { visual, audio, scores: values } of first) {
      expect(visual).toHaveLength(15);
      expect(audio).toHaveLength(15);
      expect(values.every(Number.isFinite)).toBe(true);
    }
    const mediaSeconds = ((first.at(-1)?.ptsUs ?? NaN) - (first[0]?.ptsUs ?? NaN)) / 1e6;
    expect(mediaSeconds).toBeCloseTo(19 / 6, 5);

    const port = server?.port ?? 0;
    await server?.stop();
    await scores.find((message) => message.type === 'status' && message.state === 'reconnecting');
    const numBefore = scores.messages.length;
    server = await startRtspServer({ port });
    const epoch = await scores.find((message) => message.type === 'epoch', numBefore);
    expect(epoch).toMatchObject({ epoch: 1, reason: 'restart' });
    await scores.find((message) => message.type === 'score' && message.epoch === 1 && message.seq === 12);
    expectConsecutive(
      scores
        .scores(1)
        .slice(-6)
        .map(({ seq }) => seq),
    );
    expect(new Set(scores.scores(0).map(({ seq }) => seq)).size).toBe(scores.scores(0).length);
  });

  it('gives scores of the picture alone where there is no sound', async () => {
    const scores = await connect('video');
    const score = await scores.find((message) => message.type === 'score' && message.seq === 6);
    expect(score).toMatchObject({ audio: null, flags: ['visual-only'] });
  });

  it('gives scores of the sound alone where there is no picture', async () => {
    const scores = await connect('audio');
    const score = await scores.find((message) => message.type === 'score' && message.seq === 6);
    expect(score).toMatchObject({ visual: null, flags: ['audio-only'] });
  });
});
