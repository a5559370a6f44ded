import { describe, expect, it, onTestFinished } from 'vitest';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { hasGstSender, startGstSender, type GstSender } from '../fixtures/gst-sender.js';
import { freeTcpPort, freeUdpPort } from '../fixtures/listen.js';
import type { ScoreSocket } from '../fixtures/score-socket.js';
import { serveCam } from '../fixtures/serve-cam.js';

const KEY = 'the-key-of-the-studio';

function send(url: string): GstSender {
  const sender = startGstSender(url);
  onTestFinished(() => sender.stop());
  return sender;
}

async function expectScores(scores: ScoreSocket): Promise<void> {
  await scores.find((message) => message.type === 'score' && message.seq === 24);
  expectWireRules(scores.messages);
  for (const { visual, audio } of scores.scores(0).slice(6)) {
    expect(visual).toHaveLength(15);
    expect(audio).toHaveLength(15);
  }
}

describe.skipIf(!hasGstSender())('an encoder that is not FFmpeg', () => {
  it('publishes over RTMP with its key, and is refused without', async () => {
    const port = await freeTcpPort();
    const scores = await serveCam(`push:${KEY}`, ['--rtmp-port', String(port)]);
    await send(`rtmp://127.0.0.1:${port}/live/a-wrong-key`).gone;
    send(`rtmp://127.0.0.1:${port}/live/${KEY}`);
    await expectScores(scores);
  });

  it('calls over SRT with the passphrase, and is refused without', async () => {
    const port = await freeUdpPort();
    const scores = await serveCam(`srt://0.0.0.0:${port}?mode=listener&passphrase=${KEY}`);
    send(`srt://127.0.0.1:${port}?passphrase=another-passphrase`);
    send(`srt://127.0.0.1:${port}?passphrase=${KEY}`);
    await expectScores(scores);
  });
});
