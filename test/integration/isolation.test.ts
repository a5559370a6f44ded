import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEvoked, type EvokedProcess } from '../../src/bench/evoked-process.js';
import type { HttpError, StreamInfo } from '../../src/core/protocol.js';
import { decodeChildren } from '../fixtures/decode-children.js';
import { makeMp4 } from '../fixtures/media.js';
import { ScoreSocket } from '../fixtures/score-socket.js';

let evoked: EvokedProcess;
let bystander: ScoreSocket;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-isolation-'));
  evoked = await startEvoked([
    'serve',
    '--port',
    '0',
    '--log-level',
    'silent',
    '--source',
    'bystander=film:3',
    '--allow-address',
    '127.0.0.0/8',
    '--files-folder',
    tmpdir(),
  ]);
  bystander = new ScoreSocket(evoked.baseUrl, 'bystander');
  await bystander.find((message) => message.type === 'score');
});

afterAll(async () => {
  bystander.close();
  await evoked.stop();
  await rm(folder, { recursive: true });
});

function addStream(id: string, url: string): Promise<Response> {
  return fetch(`${evoked.baseUrl}/v1/streams`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id, url }),
  });
}

/** What the API says of a stream once it is in one of `states`. */
async function waitForState(id: string, ...states: string[]): Promise<StreamInfo> {
  const socket = new ScoreSocket(evoked.baseUrl, id);
  try {
    await socket.find(
      (message) => (message.type === 'status' || message.type === 'hello') && states.includes(message.state),
    );
    return (await (await fetch(`${evoked.baseUrl}/v1/streams/${id}`)).json()) as StreamInfo;
  } finally {
    socket.close();
  }
}

async function expectBystanderUnharmed(): Promise<void> {
  const last = bystander.scores(0).at(-1)?.seq ?? NaN;
  await bystander.find((message) => message.type === 'score' && message.seq === last + 3);
  const seqs = bystander.scores(0).map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? NaN) + index));
  expect(bystander.messages.filter(({ type }) => type === 'gap')).toEqual([]);
}

describe('what goes wrong with one stream', () => {
  it('a killed decode child costs its stream a restart, and the others nothing', async () => {
    const before = decodeChildren(evoked.pid);
    expect((await addStream('victim', 'film:4')).status).toBe(201);
    const socket = new ScoreSocket(evoked.baseUrl, 'victim');
    await socket.find((message) => message.type === 'score' && message.seq === 3);
    const [child] = decodeChildren(evoked.pid).filter((pid) => !before.includes(pid));
    process.kill(child ?? NaN, 'SIGKILL');

    const numBefore = socket.messages.length;
    expect(await socket.find((message) => message.type === 'epoch', numBefore)).toMatchObject({
      epoch: 1,
      reason: 'restart',
    });
    await socket.find((message) => message.type === 'score' && message.epoch === 1 && message.seq === 3);
    const states = socket.messages.filter((message) => message.type === 'status').map(({ state }) => state);
    expect(states).toContain('reconnecting');

    // What was sent before is sent again exactly so.
    const replay = new ScoreSocket(evoked.baseUrl, 'victim', '?since=0:-1');
    await replay.find((message) => message.type === 'score' && message.epoch === 1);
    const sent = new Map(socket.scores(0).map((score) => [score.seq, score]));
    for (const score of replay.scores(0)) if (sent.has(score.seq)) expect(score).toEqual(sent.get(score.seq));
    replay.close();
    socket.close();
    await fetch(`${evoked.baseUrl}/v1/streams/victim`, { method: 'DELETE' });
    await expectBystanderUnharmed();
  });

  it.each([
    ['cannot be reached', 'rtsp://user:secret@127.0.0.1:1/live', 'reconnecting', 'ERR_SOURCE_UNREACHABLE'],
    ['does not exist', 'no-such-film.mp4', 'failed', 'ERR_SOURCE_UNREACHABLE'],
  ])('a source that %s is told by its state', async (_, url, state, code) => {
    const id = `bad-${state}`;
    expect((await addStream(id, url)).status).toBe(201);
    const info = await waitForState(id, state);
    expect(info.code).toBe(code);
    expect(JSON.stringify(info)).not.toContain('secret');
    await fetch(`${evoked.baseUrl}/v1/streams/${id}`, { method: 'DELETE' });
    await expectBystanderUnharmed();
  });

  it('a file that is no media fails with its code', async () => {
    const path = join(folder, 'letter.mp4');
    await writeFile(path, 'Dear Sir or Madam, '.repeat(1000));
    await addStream('letter', path);
    expect((await waitForState('letter', 'failed')).code).toBe('ERR_SOURCE_NOT_MEDIA');
    await expectBystanderUnharmed();
  });

  it('a URL of no known kind is refused at once', async () => {
    const response = await addStream('odd', 'gopher://example/1');
    expect(response.status).toBe(400);
    expect((await response.json()) as HttpError).toMatchObject({ code: 'ERR_SOURCE_URL' });
  });

  it('a finite file plays in real time, ends, and keeps its history', async () => {
    const path = await makeMp4({ seconds: 2, texture: true });
    await addStream('clip', path);
    const info = await waitForState('clip', 'ended');
    expect(info).toMatchObject({ numScores: 12, hasVideo: true, hasAudio: true, nextSeq: 12 });
    const socket = new ScoreSocket(evoked.baseUrl, 'clip', '?since=0:-1');
    await socket.find((message) => message.type === 'end');
    expect(socket.scores(0).map(({ seq }) => seq)).toEqual(Array.from({ length: 12 }, (_, index) => index));
    socket.close();
  });
});
