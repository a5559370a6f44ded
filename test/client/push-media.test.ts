import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnackedMedia } from '../../src/client/ingest/unacked-media.js';
import { PushError, type MediaPush } from '../../src/client/index.js';
import { type IngestPeer, scriptedPush, type ScriptedPush } from './ingest-peer.js';

const bytes = (...values: number[]) => Uint8Array.from(values);

/** The newest connection, open; waits for a retry where there is none yet. */
async function nextPeer({ peers }: ScriptedPush, index = peers.length - 1): Promise<IngestPeer> {
  while (peers[index] === undefined) await vi.advanceTimersByTimeAsync(100);
  const peer = peers[index];
  peer.open();
  return peer;
}

/** A push whose first file the server has taken up. */
async function pushing(options = {}): Promise<ScriptedPush & { readonly peer: IngestPeer }> {
  const scripted = scriptedPush(options);
  scripted.push.start('webm');
  await vi.advanceTimersByTimeAsync(0);
  const peer = await nextPeer(scripted);
  peer.ready();
  return { ...scripted, peer };
}

beforeEach(() => {
  vi.useFakeTimers();
  // What asks why a connection never came to be: no server answers.
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('pushMedia', () => {
  it('starts, waits for ready, and sends what was written meanwhile', async () => {
    const scripted = scriptedPush();
    scripted.push.start('webm');
    scripted.push.write(bytes(1, 2));
    await vi.advanceTimersByTimeAsync(0);
    const peer = await nextPeer(scripted);
    scripted.push.write(bytes(3));
    expect(peer.url).toBe('ws://127.0.0.1:1/v1/streams/desk/ingest');
    expect(peer.received).toEqual([{ type: 'start', container: 'webm' }]);
    peer.ready();
    scripted.push.write(bytes(4));
    expect(peer.media).toEqual([1, 2, 3, 4]);
    expect(scripted.told).toEqual(['open']);
  });

  it('keeps what is not acknowledged, and knows how long it has waited', async () => {
    const { push, peer, clock } = await pushing();
    push.write(bytes(1, 2, 3));
    clock.nowMs = 400;
    push.write(bytes(4, 5));
    clock.nowMs = 500;
    expect([push.numUnackedBytes, push.unackedMs]).toEqual([5, 500]);
    peer.ack(3);
    expect([push.numUnackedBytes, push.unackedMs]).toEqual([2, 100]);
    peer.ack(5);
    expect([push.numUnackedBytes, push.unackedMs]).toEqual([0, 0]);
  });

  it('goes on behind the byte that the server names, after a short break', async () => {
    const scripted = await pushing();
    const { push, peer } = scripted;
    push.write(bytes(1, 2, 3));
    peer.ack(1);
    peer.drop();
    push.write(bytes(4));
    const second = await nextPeer(scripted, 1);
    expect(second.requests).toEqual([{ type: 'start', container: 'webm', resume: 'place' }]);
    second.ready(2);
    push.write(bytes(5));
    expect(second.media).toEqual([3, 4, 5]);
    expect(scripted.told).toEqual(['open', 'lost', 'resumed']);
  });

  it('asks for another file where the break was longer than the server waits', async () => {
    const scripted = await pushing();
    const { push, peer, clock, told } = scripted;
    push.write(bytes(1, 2));
    peer.ack(2);
    peer.drop();
    clock.nowMs = 10_001;
    const second = await nextPeer(scripted, 1);
    expect(told).toEqual(['open', 'lost', 'restart expired']);
    expect([push.write(bytes(3)), second.received]).toEqual([false, []]);
    push.start('mp4');
    expect(second.received).toEqual([{ type: 'start', container: 'mp4' }]);
  });

  it('asks for another file where the server has forgotten it, or has less than is kept', async () => {
    const forgotten = await pushing();
    forgotten.push.write(bytes(1, 2));
    forgotten.peer.ack(2);
    forgotten.peer.fail('ERR_INGEST_RESUME');
    expect(forgotten.told).toEqual(['open', 'restart expired', 'lost']);
    const behind = await pushing();
    behind.push.write(bytes(1, 2));
    behind.peer.ack(2);
    behind.peer.drop();
    (await nextPeer(behind, 1)).ready(0);
    expect(behind.told).toEqual(['open', 'lost', 'restart lost']);
  });

  it('begins the same file again where nothing of it was taken', async () => {
    const scripted = await pushing();
    scripted.push.write(bytes(1, 2));
    scripted.peer.fail('ERR_DECODE_CRASHED');
    const second = await nextPeer(scripted, 1);
    second.ready();
    expect(second.received).toEqual([{ type: 'start', container: 'webm' }, [1, 2]]);
    expect(scripted.told).toEqual(['open', 'lost', 'open']);
  });

  it('asks for another file where more waits than may', async () => {
    const { push, told } = await pushing({ maxUnackedBytes: 4 });
    expect(push.write(bytes(1, 2, 3, 4))).toBe(true);
    expect(push.write(bytes(5))).toBe(false);
    expect([push.numUnackedBytes, told]).toEqual([0, ['open', 'restart overflow']]);
  });

  it('begins another file on the same connection, and hears no more of the one before', async () => {
    const { push, peer } = await pushing();
    push.write(bytes(1, 2, 3));
    push.start('webm');
    push.start('webm');
    push.write(bytes(9));
    peer.ack(1);
    peer.ready(0, 'second');
    expect(peer.media).toEqual([1, 2, 3]);
    peer.ready(0, 'third');
    expect(peer.media).toEqual([1, 2, 3, 9]);
    expect(push.numUnackedBytes).toBe(1);
  });

  it('takes a connection for lost on which sent media is not acknowledged', async () => {
    const scripted = await pushing({ silenceMs: 5000 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(scripted.told).toEqual(['open']);
    scripted.push.write(bytes(1));
    await vi.advanceTimersByTimeAsync(4999);
    expect(scripted.told).toEqual(['open']);
    await vi.advanceTimersByTimeAsync(1);
    expect([scripted.told, scripted.peer.isClosed]).toEqual([['open', 'lost'], true]);
  });

  it('waits for its own hold to end, but not for that of another sender', async () => {
    const own = await pushing();
    own.peer.drop();
    (await nextPeer(own, 1)).fail('ERR_INGEST_BUSY');
    (await nextPeer(own, 2)).ready();
    expect(own.told).toEqual(['open', 'lost', 'lost', 'resumed']);
    const other = scriptedPush();
    other.push.start('webm');
    await vi.advanceTimersByTimeAsync(0);
    (await nextPeer(other)).fail('ERR_INGEST_BUSY');
    expect(other.told).toEqual(['closed ERR_INGEST_BUSY']);
    await expect(other.push.stop()).rejects.toThrow(PushError);
  });

  it('takes a hold that outlives its own for that of another sender', async () => {
    const scripted = await pushing();
    const { push, peer, peers, clock, told } = scripted;
    push.write(bytes(1));
    peer.ack(1);
    peer.drop();
    clock.nowMs = 10_001;
    await nextPeer(scripted, 1);
    push.start('webm');
    peers[1]?.fail('ERR_INGEST_BUSY');
    expect(told).toEqual(['open', 'lost', 'restart expired', 'lost']);
    clock.nowMs = 20_001;
    (await nextPeer(scripted, 2)).fail('ERR_INGEST_BUSY');
    expect(told.at(-1)).toBe('closed ERR_INGEST_BUSY');
  });

  it('gives up where the server refuses for good, and says why', async () => {
    const refusal = { code: 'ERR_AUTH_REQUIRED', message: 'the request carries no valid token' };
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(refusal), { status: 401 })));
    const { push, peers, told } = scriptedPush();
    await vi.advanceTimersByTimeAsync(0);
    peers[0]?.drop();
    await vi.advanceTimersByTimeAsync(0);
    expect([told, push.closed]).toEqual([['closed ERR_AUTH_REQUIRED'], true]);
  });

  it('stops when everything was taken', async () => {
    const { push, peer, told } = await pushing();
    push.write(bytes(1, 2));
    const stopped = push.stop();
    expect([push.write(bytes(3)), peer.received.at(-1)]).toEqual([false, { type: 'stop' }]);
    peer.ack(1);
    expect(told).toEqual(['open']);
    peer.ack(2);
    await stopped;
    expect([told, peer.isClosed]).toEqual([['open', 'closed'], true]);
  });

  it('sends the end over another connection where one is lost meanwhile', async () => {
    const scripted = await pushing();
    scripted.push.write(bytes(1, 2));
    const stopped = scripted.push.stop();
    scripted.peer.drop();
    const second = await nextPeer(scripted, 1);
    second.ready(1);
    expect(second.received.slice(1)).toEqual([[2], { type: 'stop' }]);
    second.ack(2);
    await stopped;
  });

  it('does not wait for ever to stop', async () => {
    const { push, peer, clock } = await pushing();
    push.write(bytes(1));
    const stopped = expect(push.stop()).rejects.toThrow('away for too long');
    peer.drop();
    clock.nowMs = 10_001;
    for (let tries = 0; tries < 20; tries++) await vi.advanceTimersByTimeAsync(1000);
    await stopped;
  });

  it('tells a sender that can wait when there is room again', async () => {
    const { push, peer } = await pushing({ maxUnackedBytes: 4 });
    await push.drained();
    push.write(bytes(1, 2, 3, 4));
    let isDrained = false;
    const drained = push.drained().then(() => (isDrained = true));
    peer.ack(1);
    await vi.advanceTimersByTimeAsync(0);
    push.write(bytes());
    peer.ack(4);
    await drained;
    expect(isDrained).toBe(true);
  });
});

describe('a push over a network that breaks anywhere', () => {
  const step = fc.oneof(
    fc.record({ write: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ take: fc.nat(8) }),
    fc.constant('ack' as const),
    fc.constant('drop' as const),
  );

  it('brings every byte once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const scripted = await pushing();
        /** What the server has taken of the file, and how much of this connection it has looked at. */
        const taken: number[] = [];
        let looked = 0;
        let peer = scripted.peer;
        let numWritten = 0;
        const write = (push: MediaPush, length: number) =>
          push.write(Uint8Array.from({ length }, () => numWritten++ % 256));
        for (const action of steps) {
          if (action === 'ack') peer.ack(taken.length);
          else if (action === 'drop') {
            peer.drop();
            peer = await nextPeer(scripted, scripted.peers.length);
            looked = 0;
            peer.ready(taken.length);
          } else if ('write' in action) write(scripted.push, action.write);
          else {
            const news = peer.media.slice(looked, looked + action.take);
            looked += news.length;
            taken.push(...news);
          }
        }
        taken.push(...peer.media.slice(looked));
        expect(taken).toEqual(Array.from({ length: numWritten }, (_, index) => index % 256));
        scripted.push.close();
      }),
      { numRuns: 50 },
    );
  });
});

describe('UnackedMedia', () => {
  it('keeps a chunk whole until all of it was taken', () => {
    const media = new UnackedMedia();
    media.append(bytes(1, 2, 3), 10);
    media.append(bytes(4), 20);
    media.acknowledge(2);
    expect([media.heldBytes, media.oldestAtMs]).toEqual([4, 10]);
    expect([...media.from(2)].map((piece) => [...piece])).toEqual([[3], [4]]);
    media.acknowledge(3);
    expect([media.heldBytes, media.oldestAtMs, media.reaches(2), media.reaches(3)]).toEqual([
      1,
      20,
      false,
      true,
    ]);
    expect([media.reaches(4), media.reaches(5)]).toEqual([true, false]);
  });
});
