import { describe, expect, it } from 'vitest';
import { EvokedError } from '../../../src/core/errors.js';
import { PushPoint } from '../../../src/streams/push/push-point.js';
import { ToldSender, WEBM } from './told-sender.js';
import { VirtualTime } from './virtual-time.js';
import { waitingText } from './waiting-text.js';

const CRASH = new EvokedError('ERR_DECODE_CRASHED', { what: 'shot' });

class Bench {
  readonly time = new VirtualTime();
  numUnplayed = 0;
  readonly point: PushPoint;

  constructor(maxCrashRestartsPerMinute = 5) {
    this.point = new PushPoint({
      silenceMs: 10_000,
      maxCrashRestartsPerMinute,
      scheduler: this.time,
      unplayed: () => (this.numUnplayed += 1),
    });
  }

  begin(bytes = '') {
    const events = new ToldSender();
    const sender = this.point.begin(WEBM, events);
    if (bytes !== '') sender.write(Buffer.from(bytes));
    return { sender, events };
  }

  /** The code with which a sender is refused that begins now. */
  get refusal(): string {
    try {
      this.begin();
      return 'none';
    } catch (error) {
      return (error as EvokedError).code;
    }
  }
}

/** What was queued as a microtask has run. */
const soon = (): Promise<void> => Promise.resolve();

describe('senders', () => {
  it('come one at a time; one that has lost its connection gives way', () => {
    const bench = new Bench();
    const { sender } = bench.begin('abc');
    const hold = bench.point.take();
    expect(bench.refusal).toBe('ERR_INGEST_BUSY');
    sender.lose();
    bench.begin();
    expect([hold?.isOpen, hold?.goneBecause, waitingText(hold!.bytes)]).toEqual([false, null, 'abc']);
    expect(() => bench.point.resume(sender.resumeToken, new ToldSender())).toThrow('nothing that could be');
  });

  it('take up with their own token what they have lost, and nothing else', () => {
    const { point } = new Bench();
    expect(() => point.resume('', new ToldSender())).toThrow('start without resume');
    const sender = point.begin(WEBM, new ToldSender());
    sender.write(Buffer.from('abc'));
    sender.lose();
    for (const token of ['', 'made-up', sender.resumeToken.replace(/.$/, '!')]) {
      expect(() => point.resume(token, new ToldSender())).toThrow('start without resume');
    }
    expect(point.resume(sender.resumeToken, new ToldSender()).numBytes).toBe(3);
  });

  it('are announced to who plays them, or that nobody does; never before begin has returned', async () => {
    const bench = new Bench();
    const first = bench.begin();
    expect(bench.numUnplayed).toBe(0);
    await soon();
    expect([bench.numUnplayed, bench.point.hasWaiting]).toEqual([1, true]);
    let numPlayed = 0;
    const leave = bench.point.play(() => {
      numPlayed += 1;
      bench.point.take();
    });
    await soon();
    expect([numPlayed, bench.point.hasWaiting]).toEqual([1, false]);
    leave();
    first.sender.end();
    bench.begin();
    await soon();
    expect([bench.numUnplayed, numPlayed]).toEqual([2, 1]);
  });
});

describe('what waits to be played', () => {
  it.each(['end', 'lose'] as const)('is not lost to another sender where its own has called %s', (leave) => {
    const bench = new Bench();
    const { sender, events } = bench.begin('abc');
    sender[leave]();
    expect(bench.refusal).toBe('ERR_INGEST_BUSY');
    expect(events.told).toEqual([]);
    expect(waitingText(bench.point.take()!.bytes)).toBe('abc');
    expect(bench.refusal).toBe('none');
  });

  it('stands in nobody’s way where nothing of it came', () => {
    const bench = new Bench();
    const { sender, events } = bench.begin();
    sender.end();
    expect(bench.refusal).toBe('none');
    expect(events.told).toEqual(['over']);
  });
});

it('tells who holds it, and everybody later, why it is closed', () => {
  const bench = new Bench();
  const { events } = bench.begin('abc');
  bench.point.close(new EvokedError('ERR_STREAM_NOT_FOUND', { what: 'removed' }));
  expect(events.told).toEqual(['over ERR_STREAM_NOT_FOUND']);
  expect([bench.point.hasWaiting, bench.refusal]).toEqual([false, 'ERR_STREAM_NOT_FOUND']);
});

describe('too many crashes', () => {
  it('keep senders out, also who waits, until fewer lie within a minute', () => {
    const bench = new Bench(2);
    expect(bench.point.crashed(CRASH)).toBeNull();
    bench.time.pass(10_000);
    expect(bench.point.crashed(CRASH)).toBeNull();
    const { events } = bench.begin('abc');
    expect(bench.point.crashed(CRASH)).toMatchObject({ code: 'ERR_DECODE_CRASHED' });
    expect([events.told, bench.point.hasWaiting]).toEqual([['over ERR_DECODE_CRASHED'], false]);
    bench.time.pass(49_999);
    expect(bench.refusal).toBe('ERR_DECODE_CRASHED');
    bench.time.pass(1);
    const { sender } = bench.begin();
    sender.end();
    // Its coming counts: two restarts lie within the last minute again.
    expect(bench.point.crashed(CRASH)).not.toBeNull();
    bench.time.pass(9999);
    expect(bench.refusal).toBe('ERR_DECODE_CRASHED');
    bench.time.pass(1);
    expect(bench.refusal).toBe('none');
  });

  it('are forgotten when senders are let in again', () => {
    const bench = new Bench(1);
    bench.point.crashed(CRASH);
    bench.point.crashed(CRASH);
    expect(bench.refusal).toBe('ERR_DECODE_CRASHED');
    bench.point.readmit();
    expect(bench.refusal).toBe('none');
    expect(bench.point.crashed(CRASH)).toBeNull();
  });

  it('are one where none is allowed, and nobody is let in by itself', () => {
    const bench = new Bench(0);
    expect(bench.point.crashed(CRASH)).not.toBeNull();
    bench.time.pass(1e9);
    expect(bench.refusal).toBe('ERR_DECODE_CRASHED');
  });
});
