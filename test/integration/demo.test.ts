import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { startEvoked, type EvokedProcess } from '../../src/bench/evoked-process.js';
import type { StreamInfo } from '../../src/core/protocol.js';
import { ScoreSocket } from '../fixtures/score-socket.js';

let evoked: EvokedProcess | undefined;
let socket: ScoreSocket | undefined;

afterEach(async () => {
  socket?.close();
  await evoked?.stop();
});

describe('evoked demo', () => {
  it('plays the built-in film, serves its scores with what the film is designed to evoke, and the dashboard', async () => {
    evoked = await startEvoked(['demo', '--port', '0', '--log-level', 'warn']);
    socket = new ScoreSocket(evoked.baseUrl, 'demo');
    const manifest = JSON.parse(await readFile('packs/demo/pack.json', 'utf8')) as { trained: boolean };
    const hello = await socket.find((message) => message.type === 'hello');
    expect(hello).toMatchObject({ protocol: 1, rateHz: 6, pack: { trained: manifest.trained } });
    await socket.find((message) => message.type === 'score' && message.seq === 12);
    const scores = socket.scores(0);
    expect(scores.map(({ seq }) => seq)).toEqual(scores.map((_, index) => (scores[0]?.seq ?? NaN) + index));
    expect(new Set(scores.map((score) => score.scores[0])).size).toBe(scores.length);
    expect(scores.some(({ designed }) => designed?.length === 15)).toBe(true);

    const page = await fetch(`${evoked.baseUrl}/`);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('<script type="module"');
    const [stream] = (await (await fetch(`${evoked.baseUrl}/v1/streams`)).json()) as StreamInfo[];
    expect(stream).toMatchObject({ id: 'demo', state: 'live', hasVideo: true, hasAudio: true });
    expect((await fetch(`${evoked.baseUrl}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${evoked.baseUrl}/metrics`)).text()).toMatch(/^evoked_\w+/m);
  });
});
