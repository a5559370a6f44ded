import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calmRange, extent, sharedRange, type Range } from '../../dashboard/src/data/calm-range.js';
import { EventLog } from '../../dashboard/src/data/event-log.js';
import { spreadApart } from '../../dashboard/src/data/label-layout.js';
import { LabelPicks, mostMoving } from '../../dashboard/src/data/label-picks.js';
import { parsePreviewMessage } from '../../dashboard/src/data/preview-message.js';
import { StreamFigures } from '../../dashboard/src/data/stream-figures.js';
import { suggestStreamId } from '../../dashboard/src/data/stream-id.js';
import { subscribeSnippet } from '../../dashboard/src/data/subscribe-snippets.js';
import { WatchedStream } from '../../dashboard/src/data/watched-stream.js';
import { LABELS } from '../../src/core/labels.js';
import { helloMessage, scoreMessage } from './dashboard-messages.js';

describe('StreamFigures', () => {
  it('tells current and median latency and the rate by the server clock', () => {
    const figures = new StreamFigures();
    expect([figures.latencyMs, figures.medianLatencyMs, figures.rateHz]).toEqual([null, null, null]);
    for (let seq = 0; seq < 40; seq++) {
      figures.pushScore(scoreMessage(0, seq, { latencyMs: seq === 39 ? 90 : 20 + (seq % 3) }));
    }
    expect(figures.latencyMs).toBe(90);
    expect(figures.medianLatencyMs).toBe(21);
    expect(figures.rateHz).toBeCloseTo(6);
  });

  it('counts warm-up in steps, not in skipped segments, and believes the server alone about the end', () => {
    const figures = new StreamFigures();
    figures.pushGap({ type: 'gap', epoch: 0, fromSeq: 0, toSeq: 59, reason: 'source' });
    figures.pushScore(scoreMessage(0, 60));
    expect(figures.warmShare).toBeCloseTo(1 / 121);
    figures.pushScore(scoreMessage(0, 500));
    expect(figures.warmShare).toBeLessThan(1);
    figures.pushScore(scoreMessage(0, 501, { warm: true }));
    expect(figures.warmShare).toBe(1);
    figures.pushScore(scoreMessage(1, 0));
    expect(figures.warmShare).toBeCloseTo(1 / 121);
  });
});

describe('calmRange', () => {
  it('holds the values, keeps still for small changes, and shrinks in the end', () => {
    const range = calmRange(null, 0.2, 0.6);
    expect(range[0]).toBeLessThanOrEqual(0.2);
    expect(range[1]).toBeGreaterThanOrEqual(0.6);
    expect(calmRange(range, 0.22, 0.55)).toBe(range);
    expect(calmRange(range, 0.4, 0.45)[1]).toBeLessThan(range[1]);
  });

  it('always holds the values', () => {
    const value = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1 }), (pairs) => {
        let range: Range | null = null;
        for (const [a, b] of pairs) {
          range = calmRange(range, Math.min(a, b), Math.max(a, b));
          expect(range[0]).toBeLessThanOrEqual(Math.min(a, b));
          expect(range[1]).toBeGreaterThanOrEqual(Math.max(a, b));
        }
      }),
    );
  });

  it('survives traces without values', () => {
    expect(extent([[null], []])).toEqual([Infinity, -Infinity]);
    expect(calmRange(null, Infinity, -Infinity)).toEqual([0, 1]);
  });
});

describe('sharedRange', () => {
  it.each([
    [0.2, 0.6, [0, 1]],
    [-0.01, 1.01, [-0.1, 1.1]],
    [-0.3, 0.7, [-0.3, 1]],
    [Infinity, -Infinity, [0, 1]],
  ])('of %d to %d is %j', (low, high, range) => {
    expect(sharedRange(low, high)).toEqual(range);
  });
});

describe('spreadApart', () => {
  it('keeps texts apart, inside and in order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 15 }), (wanted) => {
        const placed = spreadApart(wanted, 15, 0, 300);
        const order = [...wanted.keys()].sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0) || a - b);
        order.forEach((index, position) => {
          const y = placed[index] ?? NaN;
          expect(y).toBeGreaterThanOrEqual(-1e-6);
          expect(y).toBeLessThanOrEqual(300 + 1e-6);
          const before = order[position - 1];
          if (before !== undefined) expect(y - (placed[before] ?? NaN)).toBeGreaterThanOrEqual(15 - 1e-6);
        });
      }),
    );
  });

  it('leaves alone what does not collide', () => {
    expect(spreadApart([200, 10, 100], 15, 0, 300)).toEqual([200, 10, 100]);
  });
});

describe('LabelPicks', () => {
  it('gives 15 picks 15 styles', () => {
    const picks = new LabelPicks(LABELS.map((_, label) => label));
    const styles = picks.labels.map((label) => JSON.stringify(picks.styleOf(label)));
    expect(new Set(styles).size).toBe(15);
  });

  it('keeps the style of a label while others come and go', () => {
    const picks = new LabelPicks([3, 7]);
    const style = picks.styleOf(7);
    picks.toggle(3);
    picks.toggle(11);
    expect(picks.styleOf(7)).toEqual(style);
    expect(picks.styleOf(3)).toBeNull();
    expect(picks.labels).toEqual([7, 11]);
  });

  it('needs no dash for five, whatever was picked before', () => {
    const picks = new LabelPicks(LABELS.map((_, label) => label));
    picks.set([10, 11, 12, 13, 14]);
    expect(picks.labels.map((label) => picks.styleOf(label)?.dashIndex)).toEqual([0, 0, 0, 0, 0]);
  });

  it('finds what moves most', () => {
    expect(mostMoving([[0, 0.1, null], [0, 1], [5, 5, 5], [null]], 2)).toEqual([1, 0]);
  });
});

describe('WatchedStream', () => {
  it('tells a new server from a resumed one by its session', () => {
    const stream = new WatchedStream('film');
    stream.receive(helloMessage({ epoch: 2, nextSeq: 8 }), 0);
    stream.receive(scoreMessage(2, 8), 0);
    stream.connectionIs('lost', 1000);
    stream.receive(helloMessage({ epoch: 2, nextSeq: 9 }), 2000);
    stream.receive(scoreMessage(2, 9), 2000);
    expect(stream.connection).toBe('open');
    stream.receive(helloMessage({ session: 'b', epoch: 0, nextSeq: 0 }), 3000);
    stream.receive(scoreMessage(0, 0), 3000);
    expect(stream.latest).toMatchObject({ epoch: 0, seq: 0 });
    expect(stream.window.view.traces.ensemble[0]?.filter((value) => value !== null)).toHaveLength(3);
  });

  it('logs gaps with size and reason, states with their detail, and no more than it may', () => {
    const stream = new WatchedStream('film');
    stream.receive(helloMessage(), 0);
    stream.receive({ type: 'gap', epoch: 0, fromSeq: 0, toSeq: 5, reason: 'overload' }, 5);
    expect(stream.log.entries[0]).toMatchObject({
      atMs: 5,
      text: '6 segments (1.0 s) dropped: the model could not keep up',
    });
    stream.receive({ type: 'status', state: 'degraded', code: null, detail: 'too slow' }, 6);
    expect(stream.log.entries[0]?.text).toBe('Now degraded: too slow');
    const log = new EventLog(3);
    for (let entry = 0; entry < 1000; entry++) log.add('status', String(entry), entry);
    expect(log.entries.map((entry) => entry.text)).toEqual(['999', '998', '997']);
  });

  it('dates what history brings by the scores around it', () => {
    const stream = new WatchedStream('film');
    stream.receive(helloMessage({ nextSeq: 100 }), 90_000);
    stream.receive(scoreMessage(0, 10, { capturedAtMs: 70_000 }), 90_000);
    stream.receive({ type: 'gap', epoch: 0, fromSeq: 11, toSeq: 12, reason: 'late' }, 90_000);
    expect(stream.log.entries[0]?.atMs).toBe(70_000);
  });

  it('does not call a stream ended because its server stops, and waits for it to come back', () => {
    const stream = new WatchedStream('film');
    stream.receive(helloMessage(), 0);
    stream.receive({ type: 'end', reason: 'shutdown' }, 1);
    stream.connectionIs('lost', 2);
    expect([stream.connection, stream.state, stream.detail]).toEqual(['lost', 'live', '']);
    stream.receive(helloMessage({ session: 'b' }), 3);
    expect([stream.connection, stream.state]).toEqual(['open', 'live']);
  });

  it('keeps the words with which a stream without a sender was removed', () => {
    const stream = new WatchedStream('webcam');
    stream.receive(helloMessage(), 0);
    stream.receive({ type: 'status', state: 'ended', code: null, detail: 'nobody has pushed' }, 1);
    stream.receive({ type: 'end', reason: 'abandoned' }, 1);
    expect([stream.connection, stream.state, stream.detail]).toEqual(['over', 'ended', 'nobody has pushed']);
  });

  it('says why the server refuses it', () => {
    const stream = new WatchedStream('film');
    stream.connectionIs('refused', 7, 'the request carries no valid token');
    expect(stream.connection).toBe('refused');
    expect(stream.log.entries[0]).toMatchObject({
      atMs: 7,
      text: 'The server refuses this page: the request carries no valid token',
    });
  });

  it('measures agreement anew in another life of the stream', () => {
    const stream = new WatchedStream('film');
    const designed = LABELS.map(() => 0.3);
    stream.receive(helloMessage(), 0);
    stream.receive(scoreMessage(0, 0, { designed }), 0);
    stream.receive(scoreMessage(0, 0, { designed }), 0);
    expect(stream.agreement.numMoments).toBe(1);
    stream.receive(helloMessage({ session: 'b' }), 1);
    expect(stream.agreement.numMoments).toBe(0);
  });

  it('stays over after the end, and says why', () => {
    const stream = new WatchedStream('film');
    stream.receive({ type: 'end', reason: 'the file is over' }, 0);
    stream.connectionIs('lost', 1);
    expect([stream.connection, stream.state, stream.detail]).toEqual(['over', 'ended', 'the file is over']);
  });
});

describe('suggestStreamId', () => {
  it.each([
    ['film:7', 'film-7'],
    ['film:', 'film'],
    ['rtsp://admin:hunter2@cam.local/front?key=s3cret', 'front'],
    ['rtsp://cam.local', 'rtsp-cam'],
    ['/media/My holiday.mp4', 'My-holiday'],
    ['https://example.org/live/index.m3u8', 'index'],
    ['???', 'stream'],
  ])('%s → %s', (url, id) => {
    expect(suggestStreamId(url, new Set())).toBe(id);
  });

  it('is always a valid free id', () => {
    fc.assert(
      fc.property(fc.string(), (url) => {
        const first = suggestStreamId(url, new Set());
        expect(first).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(suggestStreamId(url, new Set([first]))).not.toBe(first);
      }),
    );
  });
});

describe('parsePreviewMessage', () => {
  it('reads the header in little-endian order', () => {
    const message = Buffer.alloc(27);
    message.writeBigInt64LE(1_500_000n, 0);
    message.writeUInt32LE(2, 8);
    message.writeUInt32LE(9, 12);
    message.writeDoubleLE(1234.5, 16);
    message.set([255, 216, 1], 24);
    const bytes = message.buffer.slice(message.byteOffset, message.byteOffset + message.byteLength);
    expect(parsePreviewMessage(bytes)).toEqual({
      ptsUs: 1_500_000,
      epoch: 2,
      seq: 9,
      capturedAtMs: 1234.5,
      jpeg: new Uint8Array([255, 216, 1]),
    });
  });

  it('refuses a message without a picture', () => {
    expect(parsePreviewMessage(new ArrayBuffer(24))).toBeNull();
  });
});

describe('subscribeSnippet', () => {
  it('quotes what could end the string, and shows no token', () => {
    const snippet = subscribeSnippet('javascript', 'http://127.0.0.1:8787', `a"b`, true);
    expect(snippet).toContain(String.raw`stream: "a\"b"`);
    expect(snippet).toContain('process.env.EVOKED_TOKEN');
    expect(subscribeSnippet('websocket', 'https://h', 'a b', false)).toContain(
      '"wss://h/v1/streams/a%20b/scores"',
    );
  });
});
