import { describe, expect, it } from 'vitest';
import { EvokedError } from '../../src/core/errors.js';
import type { ScoreMessage } from '../../src/core/protocol.js';
import { RECEPTIVE_FIELD_SEGMENTS } from '../../src/core/time-grid.js';
import { designedForSegment } from '../../src/streams/film/designed-labels.js';
import { createFilm } from '../../src/streams/film/film.js';
import type { FakeInput } from './fake-input.js';
import { SocketClient } from './socket-client.js';
import { json, startTestServer, type TestServer } from './test-server.js';

const PATH = '/v1/streams/film';

async function playing(url: string): Promise<TestServer & { client: SocketClient }> {
  const test = await startTestServer();
  test.server.addStream('film', url);
  const client = new SocketClient(`${test.baseUrl}${PATH}/scores?since=-1:-1`);
  await client.until(({ texts }) => texts.length > 0);
  return { ...test, client };
}

function scoresOf({ messages }: SocketClient, epoch = 0): ScoreMessage[] {
  return messages.flatMap((m) => (m.type === 'score' && m.epoch === epoch ? [m] : []));
}

/** Every score of the epoch, and what the film says `offset` segments later than its seq. */
function comparison(client: SocketClient, seed: string, epoch: number, offset: number): [unknown, unknown] {
  const film = createFilm(seed);
  const scores = scoresOf(client, epoch);
  return [
    scores.map(({ designed }) => designed),
    scores.map(({ seq }) => designedForSegment(film, seq + offset)),
  ];
}

/** Slowly enough that nothing is shed. */
async function feed(input: FakeInput, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    input.feed(1);
    await new Promise(setImmediate);
  }
}

const hasScore =
  (epoch: number, seq: number) =>
  (client: SocketClient): boolean =>
    scoresOf(client, epoch).some((score) => score.seq === seq);

describe('designed values', () => {
  it('are what the film says of the end of each segment, over gaps too', async () => {
    const { client, ...test } = await playing('film:live');
    const input = test.opened();
    await feed(input, 6);
    input.skip(12);
    await feed(input, 5);
    await client.until(hasScore(0, 22));
    const [got, wanted] = comparison(client, 'live', 0, 0);
    expect(client.messages.some((m) => m.type === 'gap' && m.reason === 'source')).toBe(true);
    expect(got).toEqual(wanted);
    // A value that is the same in every film and at any time would prove nothing.
    expect(new Set((got as unknown[]).map((values) => JSON.stringify(values))).size).toBeGreaterThan(6);
    expect(comparison(client, 'live', 0, 1)[1]).not.toEqual(got);
  });

  it('go on in the film’s own time in an epoch that a long gap started', async () => {
    const { client, ...test } = await playing('film:live');
    const input = test.opened();
    await feed(input, 2);
    input.skip(RECEPTIVE_FIELD_SEGMENTS + 10);
    await feed(input, 4);
    await client.until(hasScore(1, 4));
    const first = RECEPTIVE_FIELD_SEGMENTS + 12;
    const [got, wanted] = comparison(client, 'live', 1, first - (first % 3));
    expect(client.messages).toContainEqual({ type: 'epoch', epoch: 1, reason: 'long-gap' });
    expect(got).toEqual(wanted);
  });

  it('go on in the film’s own time where model state was lost, and overload dropped segments', async () => {
    const { client, ...test } = await playing('film:live');
    const input = test.opened();
    await feed(input, 1);
    await client.until(hasScore(0, 0));
    test.engine.numFailures = 1;
    await feed(input, 4);
    await client.until(hasScore(1, 1));
    test.engine.isHeld = true;
    input.feed(20);
    test.engine.release();
    await client.until(hasScore(1, 21));
    expect(client.messages.some((m) => m.type === 'gap' && m.reason === 'overload')).toBe(true);
    const [got, wanted] = comparison(client, 'live', 1, 3);
    expect(got).toEqual(wanted);
  });

  it('begin again with the film when its source is opened again', async () => {
    const { client, ...test } = await playing('film:live');
    await feed(test.opened(), 9);
    await client.until(hasScore(0, 8));
    test.inputs[0]?.fail(new EvokedError('ERR_DECODE_CRASHED', { what: 'killed' }));
    while (test.inputs.length < 2) await new Promise(setImmediate);
    await feed(test.opened(), 4);
    await client.until(hasScore(1, 3));
    const [got, wanted] = comparison(client, 'live', 1, 0);
    expect(got).toEqual(wanted);
    expect(scoresOf(client, 1).map(({ designed }) => designed)).toEqual(
      scoresOf(client, 0)
        .slice(0, 4)
        .map(({ designed }) => designed),
    );
  });

  it('are sent again as they were, to WebSockets and as server-sent events', async () => {
    const { client, ...test } = await playing('film:live');
    await feed(test.opened(), 9);
    await client.until(hasScore(0, 8));
    const later = new SocketClient(`${test.baseUrl}${PATH}/scores?since=0:3`);
    await later.until(hasScore(0, 8));
    expect(scoresOf(later)).toEqual(scoresOf(client).slice(4));
    const response = await test.fetch(`${PATH}/scores?since=0:7`, {
      headers: { accept: 'text/event-stream' },
    });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      if (text.includes('"seq":8')) break;
    }
    expect(text).toContain(`data: ${JSON.stringify(scoresOf(client)[8])}\n`);
  });

  it('are null for every other source, and follow the source when it changes', async () => {
    const { client, ...test } = await playing('rtsp://192.0.2.1/live');
    await feed(test.opened(), 3);
    await client.until(hasScore(0, 2));
    expect(scoresOf(client).map(({ designed }) => designed)).toEqual([null, null, null]);
    await test.fetch(PATH, json('PATCH', { url: 'film:other' }));
    await feed(test.opened(), 3);
    await client.until(hasScore(1, 2));
    const [got, wanted] = comparison(client, 'other', 1, 0);
    expect(got).toEqual(wanted);
    expect((got as unknown[]).some((values) => values !== null)).toBe(true);
  });
});
