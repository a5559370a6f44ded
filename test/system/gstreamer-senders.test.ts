import { afterEach, describe, expect, it } from 'vitest';
import { startEvoked, type EvokedProcess } from '../../src/bench/evoked-process.js';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { hasGstSender, startGstSender, type GstSender } from '../fixtures/gst-sender.js';
import { freeTcpPort, freeUdpPort } from '../fixtures/listen.js';
import { ScoreSocket } from '../fixtures/score-socket.js';

const KEY = 'the-key-of-the-studio';

let evoked: EvokedProcess | undefined;
let sender: GstSender | undefined;
let socket: ScoreSocket | undefined;

afterEach(async () => {
  socket?.close();
  await sender?.stop();
  await evoked?.stop();
});

async function serve(source: string, flags: string[] = []): Promise<ScoreSocket> {
  evoked = await startEvoked([
    'serve',
    '--port',
    '0',
    '--log-level',
    'warn',
    '--source',
    `cam=${source}`,
    ...flags,
  ]);
  return (socket = new ScoreSocket(evoked.baseUrl, 'cam', '?since=-1:-1'));
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
    const scores = await serve(`push:${KEY}`, ['--rtmp-port', String(port)]);
    sender = startGstSender(`rtmp://127.0.0.1:${port}/live/a-wrong-key`);
    await sender.gone;
    sender = startGstSender(`rtmp://127.0.0.1:${port}/live/${KEY}`);
    await expectScores(scores);
  });

  it('calls over SRT with the passphrase, and is refused without', async () => {
    const port = await freeUdpPort();
    const scores = await serve(`srt://0.0.0.0:${port}?mode=listener&passphrase=${KEY}`);
    const wrong = startGstSender(`srt://127.0.0.1:${port}?passphrase=another-passphrase`);
    sender = startGstSender(`srt://127.0.0.1:${port}?passphrase=${KEY}`);
    await expectScores(scores);
    await wrong.stop();
  });
});
