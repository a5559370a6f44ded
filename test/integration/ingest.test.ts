import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Segment } from '../../src/core/media.js';
import type { IngestContainer, StreamInfo } from '../../src/core/protocol.js';
import { loadNodeAv } from '../../src/streams/decode/load-node-av.js';
import { PreviewEncoder } from '../../src/streams/decode/preview-encoder.js';
import { letterboxRgb, planLetterbox } from '../../src/streams/picture/letterbox.js';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { decodeChildren } from '../fixtures/decode-children.js';
import { expectedPicks } from '../fixtures/decode.js';
import { segmentsOfFile } from '../fixtures/file-segments.js';
import { IngestSender, oddPieces } from '../fixtures/ingest-sender.js';
import { addPushed, startIngestServer } from '../fixtures/ingest-server.js';
import { muxMedia, temporaryFolder, type MediaOptions } from '../fixtures/media.js';
import { pcmTone, rawMessage, rgbPicture } from '../fixtures/raw-media.js';
import { ScoreSocket } from '../fixtures/score-socket.js';

const WEBM = { type: 'start', container: 'webm' } as const;

function sender(baseUrl: string): IngestSender {
  const made = new IngestSender(baseUrl, 'cam');
  onTestFinished(() => made.cut());
  return made;
}

function reader(baseUrl: string): ScoreSocket {
  const socket = new ScoreSocket(baseUrl, 'cam', '?since=-1:-1');
  onTestFinished(() => socket.close());
  return socket;
}

async function encode(
  name: string,
  options: Partial<MediaOptions> = {},
  settings: Record<string, string> = {},
): Promise<string> {
  const address = join(temporaryFolder(), name);
  await muxMedia({ seconds: 2, texture: true, keyIntervalFrames: 25, ...options }, { address, settings });
  return address;
}

function encodeWebm(name: string): Promise<string> {
  return encode(name, { videoCodec: 'libvpx', audioCodec: 'libopus' });
}

/** What a model sees of segments. */
function inputs(segments: readonly Segment[]): unknown[] {
  return segments.map(({ seq, frame, audio, flags }) => ({
    seq,
    frame: frame && Buffer.from(frame).toString('base64'),
    audio: audio && Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64'),
    flags,
  }));
}

describe('a container that is pushed in pieces of any size is scored exactly as the file is', () => {
  const fragmented = { movflags: 'frag_keyframe+empty_moov+default_base_moof' };
  it.each<[IngestContainer, () => Promise<string>]>([
    ['webm', () => encodeWebm('clip.webm')],
    ['mpegts', () => encode('clip.ts', { bFrames: 2 })],
    ['mp4', () => encode('clip.mp4', {}, fragmented)],
  ])('%s', async (container, make) => {
    const path = await make();
    const wanted = await segmentsOfFile(path);
    expect(wanted.length).toBeGreaterThanOrEqual(12);
    const { baseUrl, segments } = await startIngestServer();
    await addPushed(baseUrl, 'cam');
    const scores = reader(baseUrl);
    const push = sender(baseUrl);
    await push.start({ type: 'start', container });
    const bytes = readFileSync(path);
    for (const piece of oddPieces(bytes)) push.send(piece);
    push.say({ type: 'stop' });
    await scores.find(({ type }) => type === 'end');
    expect(inputs(segments())).toEqual(inputs(wanted));
    expectWireRules(scores.messages);
    expect(scores.scores(0).length).toBe(wanted.length);
    const last = await push.reply('ack', ({ ptsUs }) => ptsUs !== null && ptsUs > 1_800_000);
    expect(last.bytes).toBe(bytes.length);
  });
});

describe('raw media', () => {
  const SECONDS = 2;
  const FPS = 10;

  it('rgb24 and pcm_s16le are scored as they are', async () => {
    const { baseUrl, segments } = await startIngestServer();
    await addPushed(baseUrl, 'cam');
    const scores = reader(baseUrl);
    const push = sender(baseUrl);
    const video = { format: 'rgb24', width: 96, height: 54 } as const;
    await push.start({
      type: 'start',
      video,
      audio: { format: 'pcm_s16le', sampleRateHz: 16_000, channels: 2 },
    });
    for (let i = 0; i < SECONDS * FPS; i++) {
      push.send(rawMessage(2, i * 1e5, pcmTone(i * 1600, 1600, 16_000, 2)));
      push.send(rawMessage(1, i * 1e5, rgbPicture(96, 54, i)));
    }
    push.say({ type: 'stop' });
    await scores.find(({ type }) => type === 'end');
    expectWireRules(scores.messages);
    const plan = planLetterbox(96, 54);
    const picks = expectedPicks(Array.from({ length: SECONDS * FPS }, (_, i) => i / FPS));
    const pcm = pcmTone(0, SECONDS * 16_000, 16_000, 1);
    expect(segments().map(({ seq }) => seq)).toEqual(picks.map(([segment]) => segment));
    let sample = 0;
    for (const [index, { frame, audio }] of segments().entries()) {
      const picture = rgbPicture(96, 54, picks[index]![1]);
      expect(Buffer.from(frame!).equals(letterboxRgb({ data: picture, stride: 96 * 3 }, plan))).toBe(true);
      for (const value of audio!) expect(value).toBeCloseTo(pcm.readInt16LE(sample++ * 2) / 32_768, 4);
    }
  });

  it('JPEGs and samples of another rate are decoded; a broken picture costs its segment alone', async () => {
    const av = await loadNodeAv();
    const encoder = new PreviewEncoder(av, 96);
    onTestFinished(() => encoder.close());
    const { baseUrl, segments } = await startIngestServer();
    await addPushed(baseUrl, 'cam');
    const scores = reader(baseUrl);
    const push = sender(baseUrl);
    const audio = { format: 'pcm_s16le', sampleRateHz: 48_000, channels: 1 } as const;
    await push.start({ type: 'start', video: { format: 'jpeg' }, audio });
    for (let i = 0; i < SECONDS * 6; i++) {
      push.send(rawMessage(2, (i * 1e6) / 6, pcmTone(i * 8000, 8000, 48_000, 1)));
      const frame = av.Frame.fromVideoBuffer(Buffer.from(rgbPicture(96, 54, i)), {
        width: 96,
        height: 54,
        format: av.AV_PIX_FMT_RGB24,
        timeBase: { num: 1, den: 6 },
      });
      const jpeg = i === 6 ? Uint8Array.of(0xff, 0xd8, 0xff, 1, 2) : encoder.encode(frame)!;
      frame.free();
      push.send(rawMessage(1, ((i + 0.5) * 1e6) / 6, jpeg));
    }
    push.say({ type: 'stop' });
    await scores.find(({ type }) => type === 'end');
    expectWireRules(scores.messages);
    const info = (await (await fetch(`${baseUrl}/v1/streams/cam`)).json()) as StreamInfo;
    expect(info.decodedShare.visual).toBeCloseTo(1 - 1 / (SECONDS * 6));
    expect(info.decodedShare.audio).toBe(1);
    const got = segments();
    expect(got.length).toBeGreaterThanOrEqual(11);
    for (const { seq, frame, flags } of got) {
      expect(flags.includes('frame-repeated')).toBe(seq === 6);
      if (seq === 6) continue;
      // Of the middle row, which no padding touches; JPEG is not exact.
      const picture = rgbPicture(96, 54, seq);
      const wanted = letterboxRgb({ data: picture, stride: 96 * 3 }, planLetterbox(96, 54));
      const from = 112 * 224 * 3;
      const differences = [...frame!.subarray(from, from + 672)].map((v, i) =>
        Math.abs(v - wanted[from + i]!),
      );
      expect(differences.toSorted((a, b) => a - b)[336]).toBeLessThan(12);
    }
    const levels = got.slice(1, -1).map(({ audio: samples }) => Math.max(...samples!));
    for (const level of levels) expect(level).toBeCloseTo(12_000 / 32_768, 2);
  });
});

describe('what happens to senders', () => {
  it('a connection that is cut and taken up again changes nothing: same epoch, nothing lost, nothing twice', async () => {
    const path = await encodeWebm('cut.webm');
    const wanted = await segmentsOfFile(path);
    const { baseUrl, segments } = await startIngestServer();
    await addPushed(baseUrl, 'cam');
    const scores = reader(baseUrl);
    const bytes = readFileSync(path);
    const first = sender(baseUrl);
    const { resume } = await first.start(WEBM);
    for (const piece of oddPieces(bytes.subarray(0, bytes.length / 2))) first.send(piece);
    await first.reply('ack');
    first.cut();
    const second = sender(baseUrl);
    const { bytes: from } = await second.start({ ...WEBM, resume });
    expect(from).toBeGreaterThan(0);
    for (const piece of oddPieces(bytes.subarray(from))) second.send(piece);
    second.say({ type: 'stop' });
    await scores.find(({ type }) => type === 'end');
    expect(inputs(segments())).toEqual(inputs(wanted));
    expect(scores.messages.filter(({ type }) => type === 'epoch')).toEqual([
      { type: 'epoch', epoch: 0, reason: 'start' },
    ]);
  });

  it('garbage and a killed decode child are told; the stream goes on with the next start', async () => {
    const path = await encodeWebm('again.webm');
    const { baseUrl } = await startIngestServer();
    await addPushed(baseUrl, 'cam');
    const scores = reader(baseUrl);
    const garbage = sender(baseUrl);
    await garbage.start(WEBM);
    garbage.send(Buffer.from('Dear Sir or Madam, '.repeat(100_000)));
    garbage.say({ type: 'stop' });
    expect(await garbage.reply('error')).toMatchObject({ code: 'ERR_SOURCE_NOT_MEDIA' });
    expect(await garbage.closed()).toBe(4500);

    const killed = sender(baseUrl);
    await killed.start(WEBM);
    const bytes = readFileSync(path);
    for (const piece of oddPieces(bytes.subarray(0, bytes.length * 0.7))) killed.send(piece);
    await scores.find((message) => message.type === 'score' && message.epoch === 0);
    for (const pid of decodeChildren(process.pid)) process.kill(pid, 'SIGKILL');
    expect(await killed.reply('error')).toMatchObject({ code: 'ERR_DECODE_CRASHED' });

    const next = sender(baseUrl);
    await next.start(WEBM);
    for (const piece of oddPieces(bytes)) next.send(piece);
    next.say({ type: 'stop' });
    await scores.find(({ type }) => type === 'end');
    expectWireRules(scores.messages);
    expect(scores.messages.filter(({ type }) => type === 'epoch')).toMatchObject([
      { epoch: 0, reason: 'start' },
      { epoch: 1, reason: 'restart' },
    ]);
    expect(scores.scores(1).length).toBeGreaterThanOrEqual(12);
    const states = scores.messages.filter((m) => m.type === 'status').map(({ state, code }) => [state, code]);
    expect(states).toEqual([
      ['connecting', null],
      ['reconnecting', 'ERR_SOURCE_NOT_MEDIA'],
      ['live', null],
      ['reconnecting', 'ERR_DECODE_CRASHED'],
      ['live', null],
      ['ended', null],
    ]);
  });

  it('a sender that goes without a word and does not come back: the stream is removed, with all that it had', async () => {
    const path = await encodeWebm('left.webm');
    const { baseUrl } = await startIngestServer({
      source: { readTimeoutMs: 400 },
      ingest: { abandonSeconds: 1 },
    });
    const before = decodeChildren(process.pid);
    await addPushed(baseUrl, 'cam');
    const scores = reader(baseUrl);
    const push = sender(baseUrl);
    await push.start(WEBM);
    for (const piece of oddPieces(readFileSync(path))) push.send(piece);
    await scores.find(({ type }) => type === 'score');
    push.cut();
    expect(await scores.find(({ type }) => type === 'end')).toEqual({ type: 'end', reason: 'abandoned' });
    expect(scores.messages.filter((m) => m.type === 'status').map(({ state }) => state)).toEqual([
      'connecting',
      'live',
      'reconnecting',
      'ended',
    ]);
    expect((await fetch(`${baseUrl}/v1/streams/cam`)).status).toBe(404);
    expect(await (await fetch(`${baseUrl}/v1/streams`)).json()).toEqual([]);
    expect(decodeChildren(process.pid)).toEqual(before);
  });
});
