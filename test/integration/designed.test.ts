import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEvoked, type EvokedProcess } from '../../src/bench/evoked-process.js';
import { designedForSegment } from '../../src/streams/film/designed-labels.js';
import { createFilm } from '../../src/streams/film/film.js';
import { decodeChildren } from '../fixtures/decode-children.js';
import { makeMp4, temporaryFolder } from '../fixtures/media.js';
import { ScoreSocket } from '../fixtures/score-socket.js';

const SEED = 'designed';

let evoked: EvokedProcess;

beforeAll(async () => {
  const source = `film=film:${SEED}`;
  evoked = await startEvoked([
    ...['serve', '--port', '0', '--log-level', 'silent', '--source', source],
    ...['--files-folder', temporaryFolder()],
  ]);
});
afterAll(() => evoked.stop());

function expectDesigned(socket: ScoreSocket, epoch: number): void {
  const film = createFilm(SEED);
  const scores = socket.scores(epoch);
  expect(scores.length).toBeGreaterThan(6);
  expect(scores.map(({ designed }) => designed)).toEqual(
    scores.map(({ seq }) => designedForSegment(film, seq)),
  );
}

describe('what a film is designed to evoke', () => {
  it('comes with each score, from the beginning of the film again after its decode child was killed', async () => {
    const socket = new ScoreSocket(evoked.baseUrl, 'film', '?since=-1:-1');
    await socket.find((message) => message.type === 'score' && message.seq === 9);
    expectDesigned(socket, 0);
    for (const pid of decodeChildren(evoked.pid)) process.kill(pid, 'SIGKILL');
    await socket.find((message) => message.type === 'score' && message.epoch === 1 && message.seq === 9);
    expectDesigned(socket, 1);
    const later = new ScoreSocket(evoked.baseUrl, 'film', '?since=0:2');
    await later.find((message) => message.type === 'score' && message.epoch === 1 && message.seq === 9);
    expect(later.scores(0)).toEqual(socket.scores(0).filter(({ seq }) => seq > 2));
    for (const open of [socket, later]) open.close();
  });

  it('is not known of a file', async () => {
    const body = JSON.stringify({ id: 'clip', url: await makeMp4({ seconds: 2, texture: true }) });
    const headers = { 'content-type': 'application/json' };
    await fetch(`${evoked.baseUrl}/v1/streams`, { method: 'POST', headers, body });
    const socket = new ScoreSocket(evoked.baseUrl, 'clip', '?since=-1:-1');
    await socket.find((message) => message.type === 'end');
    const scores = socket.scores(0);
    expect(scores).toHaveLength(12);
    expect(scores.every(({ designed }) => designed === null)).toBe(true);
    socket.close();
  });
});
