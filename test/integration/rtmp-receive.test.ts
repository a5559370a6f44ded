import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { configSchema, type ConfigInput } from '../../src/core/config.js';
import type { CreatedStream, StreamInfo } from '../../src/core/protocol.js';
import { createServer } from '../../src/server/create-server.js';
import { openDecodeProcess } from '../../src/streams/decode/decode-process.js';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { startCutLine } from '../fixtures/cut-line.js';
import { childrenOf } from '../fixtures/decode-children.js';
import { addPushed } from '../fixtures/ingest-server.js';
import { sendLive, type LiveSender } from '../fixtures/live-sender.js';
import type { MediaOptions } from '../fixtures/media.js';
import { ScoreSocket } from '../fixtures/score-socket.js';
import { FakeEngine } from '../server/fake-engine.js';

interface RtmpServer {
  readonly baseUrl: string;
  readonly rtmpUrl: string;
  readonly rtmpPort: number;
  readonly engine: FakeEngine;
  readonly log: string[];
  /** Resolves once so many lines of the log say so. */
  readonly logged: (text: string, count: number) => Promise<void>;
  /** Decode children that were started so far. */
  readonly numDecoding: () => number;
}

async function startRtmpServer(config: ConfigInput = {}): Promise<RtmpServer> {
  const engine = new FakeEngine();
  const log: string[] = [];
  let numDecoding = 0;
  let onLine = (): void => undefined;
  const onLog = (line: string): void => {
    log.push(line);
    onLine();
  };
  const server = await createServer(
    configSchema.parse({ port: 0, rtmp: { port: 0 }, source: { backoffInitialMs: 100 }, ...config }),
    {
      engine,
      openInput: (...args) => {
        numDecoding += 1;
        return openDecodeProcess(...args);
      },
    },
    { log: pino({ level: 'trace' }, { write: onLog }) },
  );
  onTestFinished(() => server.close());
  const rtmpUrl = server.rtmpAddress ?? '';
  const rtmpPort = Number(new URL(rtmpUrl).port);
  return {
    baseUrl: server.address,
    rtmpUrl,
    rtmpPort,
    engine,
    log,
    logged: (text, count) =>
      new Promise((resolve) => {
        onLine = () => {
          if (log.filter((line) => line.includes(text)).length >= count) resolve();
        };
        onLine();
      }),
    numDecoding: () => numDecoding,
  };
}

function send(address: string, options: Omit<MediaOptions, 'seconds'> = {}): LiveSender {
  const sender = sendLive({ keyIntervalFrames: 10, ...options }, { address, format: 'flv' });
  onTestFinished(() => sender.stop());
  return sender;
}

function reader(baseUrl: string, stream: string): ScoreSocket {
  const socket = new ScoreSocket(baseUrl, stream, '?since=-1:-1');
  onTestFinished(() => socket.close());
  return socket;
}

const isScore = (epoch: number, seq: number) => (message: { type: string; epoch?: number; seq?: number }) =>
  message.type === 'score' && message.epoch === epoch && message.seq === seq;

const keyOf = (created: CreatedStream): string => created.ingest?.key ?? '';

test('the right key: six scores a second, of both modalities', async () => {
  const { baseUrl, rtmpUrl, engine, log } = await startRtmpServer();
  const created = await addPushed(baseUrl, 'obs');
  const scores = reader(baseUrl, 'obs');
  send(`${rtmpUrl}/${keyOf(created)}`);
  await scores.find(isScore(0, 23));
  expectWireRules(scores.messages);
  const segments = engine.scorers[0]?.scored ?? [];
  expect(segments.slice(1).every(({ frame, audio }) => frame !== null && audio !== null)).toBe(true);
  // As live as it was sent: behind the first, which waited for the decoder, none comes earlier or later than another.
  const lags = scores
    .scores(0)
    .slice(16, 24)
    .map(({ capturedAtMs, ptsUs }) => capturedAtMs - ptsUs / 1000);
  expect(lags).toHaveLength(8);
  expect(Math.max(...lags) - Math.min(...lags)).toBeLessThan(500);
  expect(log.join('')).not.toContain(keyOf(created));
});

test('a key of the settings; HEVC by its FourCC', async () => {
  const { baseUrl, rtmpUrl, engine } = await startRtmpServer({
    sources: { cam: 'push:the-key-of-the-door' },
  });
  const scores = reader(baseUrl, 'cam');
  send(`${rtmpUrl}/the-key-of-the-door`, { videoCodec: 'libx265', fps: 12 });
  await scores.find(isScore(0, 5));
  expect(
    engine.scorers[0]?.scored.slice(1).every(({ frame, audio }) => frame !== null && audio !== null),
  ).toBe(true);
});

test('a wrong key gives nothing: no decode child, no change of any stream, and nothing of it in the log', async () => {
  const { baseUrl, rtmpUrl, numDecoding, log } = await startRtmpServer();
  await addPushed(baseUrl, 'obs');
  await expect(send(`${rtmpUrl}/a-key-of-nobody`).sending).rejects.toThrow();
  await expect(send(`${rtmpUrl.replace('/live', '/vod')}/a-key-of-nobody`).sending).rejects.toThrow();
  expect(numDecoding()).toBe(0);
  const info = (await (await fetch(`${baseUrl}/v1/streams/obs`)).json()) as StreamInfo;
  expect(info).toMatchObject({ state: 'connecting', detail: 'waiting for a sender', epoch: -1 });
  expect(log.join('')).not.toContain('a-key-of-nobody');
  const metrics = await (await fetch(`${baseUrl}/metrics`)).text();
  expect(metrics).toContain('evoked_rtmp_refused_total{reason="unknown"} 1');
});

test('two keys on one port at once; a second sender of a used key is refused, and the first one goes on', async () => {
  const { baseUrl, rtmpUrl, engine, numDecoding } = await startRtmpServer();
  const keys = [keyOf(await addPushed(baseUrl, 'one')), keyOf(await addPushed(baseUrl, 'two'))];
  const [one, two] = [reader(baseUrl, 'one'), reader(baseUrl, 'two')];
  send(`${rtmpUrl}/${keys[0]}`);
  send(`${rtmpUrl}/${keys[1]}`, { video: false });
  await Promise.all([one.find(isScore(0, 2)), two.find(isScore(0, 2))]);
  await expect(send(`${rtmpUrl}/${keys[0]}`).sending).rejects.toThrow();
  await one.find(isScore(0, 9));
  expectWireRules(one.messages);
  expect(numDecoding()).toBe(2);
  const hasPictures = engine.scorers.map(({ scored }) => scored.some(({ frame }) => frame !== null));
  expect(hasPictures.toSorted()).toEqual([false, true]);
});

test('a sender that is cut off, one that says goodbye, and a receiver that is killed: each time a new epoch', async () => {
  const { baseUrl, rtmpUrl, rtmpPort, logged } = await startRtmpServer();
  const line = await startCutLine(rtmpPort);
  onTestFinished(() => line.close());
  const key = keyOf(await addPushed(baseUrl, 'obs'));
  const scores = reader(baseUrl, 'obs');
  const first = send(`rtmp://127.0.0.1:${line.port}/live/${key}`);
  await scores.find(isScore(0, 3));
  line.cut();
  await expect(first.sending).rejects.toThrow();
  // Told at once: `source.readTimeoutMs` is longer than the test waits.
  await scores.find(
    (message) => 'detail' in message && /connection was closed; waiting for a sender/.test(message.detail),
  );
  const second = await returning(`${rtmpUrl}/${key}`, scores, 1);
  await second.stop();
  await returning(`${rtmpUrl}/${key}`, scores, 2);
  process.kill(childrenOf(process.pid, 'streams/rtmp/receiver-main')[0]!, 'SIGKILL');
  await logged('RTMP is received', 2);
  await returning(`${rtmpUrl}/${key}`, scores, 3);
  expectWireRules(scores.messages);
  const epochs = scores.messages.filter(({ type }) => type === 'epoch');
  expect(epochs.slice(1)).toMatchObject([
    { epoch: 1, reason: 'restart' },
    { epoch: 2, reason: 'restart' },
    { epoch: 3, reason: 'restart' },
  ]);
  const metrics = await (await fetch(`${baseUrl}/metrics`)).text();
  expect(metrics).toContain('evoked_rtmp_restarts_total 1');
});

/** As an encoder that tries until it is let in; resolves once the epoch is scored. */
async function returning(address: string, scores: ScoreSocket, epoch: number): Promise<LiveSender> {
  const sender = send(address);
  const isIn = await Promise.race([
    scores.find(isScore(epoch, 3)).then(() => true),
    sender.sending.then(
      () => false,
      () => false,
    ),
  ]);
  return isIn ? sender : returning(address, scores, epoch);
}

test('a stream that is removed disconnects its encoder', async () => {
  const { baseUrl, rtmpUrl } = await startRtmpServer();
  const key = keyOf(await addPushed(baseUrl, 'obs'));
  const scores = reader(baseUrl, 'obs');
  const sender = send(`${rtmpUrl}/${key}`);
  await scores.find(isScore(0, 1));
  await fetch(`${baseUrl}/v1/streams/obs`, { method: 'DELETE' });
  await expect(sender.sending).rejects.toThrow();
});
