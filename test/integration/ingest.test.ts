import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Segment } from '../../src/core/media.js';
import type { IngestContainer } from '../../src/core/protocol.js';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { segmentsOfFile } from '../fixtures/file-segments.js';
import { IngestSender, oddPieces } from '../fixtures/ingest-sender.js';
import { addPushed, startIngestServer } from '../fixtures/ingest-server.js';
import { makeMp4 } from '../fixtures/media.js';
import { ScoreSocket } from '../fixtures/score-socket.js';

function sender(baseUrl: string, stream = 'cam'): IngestSender {
  const made = new IngestSender(baseUrl, stream);
  onTestFinished(() => made.cut());
  return made;
}

function reader(baseUrl: string, stream = 'cam'): ScoreSocket {
  const socket = new ScoreSocket(baseUrl, stream, '?since=-1:-1');
  onTestFinished(() => socket.close());
  return socket;
}

/** What a model sees of a segment. */
const input = ({ seq, frame, audio, flags }: Segment) => ({
  seq,
  frame: frame && Buffer.from(frame).toString('base64'),
  audio: audio && Buffer.from(audio.buffer).toString('base64'),
  flags,
});

describe('a container that is pushed', () => {
  it.each<[string, IngestContainer, string, object]>([
    ['WebM', 'webm', 'clip.webm', { videoCodec: 'libvpx', audioCodec: 'libopus' }],
    ['MPEG-TS', 'mpegts', 'clip.ts', {}],
  ])('%s in pieces of any size is scored as the file is', async (_, container, name, options) => {
    const path = await makeMp4({ seconds: 3, texture: true, keyIntervalFrames: 25, name, ...options });
    const wanted = await segmentsOfFile(path);
    const { baseUrl, segments } = await startIngestServer();
    const created = await addPushed(baseUrl, 'cam');
    expect(created).toMatchObject({ url: null, state: 'connecting', detail: 'waiting for a sender' });
    const scores = reader(baseUrl);
    const push = sender(baseUrl);
    const ready = await push.start({ type: 'start', container });
    expect(ready).toMatchObject({ bytes: 0, resumeMs: 10_000 });
    const bytes = readFileSync(path);
    for (const piece of oddPieces(bytes)) push.send(piece);
    push.say({ type: 'stop' });
    await scores.find(({ type }) => type === 'end');
    expect(segments().map(input)).toEqual(wanted.map(input));
    expectWireRules(scores.messages);
    expect(scores.scores(0).length).toBe(wanted.length);
    const isLast = ({ ptsUs }: { ptsUs: number | null }): boolean => ptsUs !== null && ptsUs > 2_700_000;
    expect((await push.reply('ack', isLast)).bytes).toBe(bytes.length);
  });
});
