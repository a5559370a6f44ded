import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MAX_WAITING_BYTES, PushHold } from '../../../src/streams/push/push-hold.js';
import type { PushForm } from '../../../src/streams/push/pushed-media.js';
import { ToldSender, WEBM } from './told-sender.js';
import { VirtualTime } from './virtual-time.js';
import { waitingText } from './waiting-text.js';

const SILENCE_MS = 10_000;

class Bench {
  readonly time = new VirtualTime();
  readonly events = new ToldSender();
  readonly hold: PushHold;
  readonly sender;

  constructor(form: PushForm = WEBM) {
    this.hold = new PushHold({ form, silenceMs: SILENCE_MS, scheduler: this.time });
    this.sender = this.hold.grip(this.events);
  }
}

describe('silence', () => {
  it('counts from the last bytes, and what was taken is still decoded', () => {
    const { time, events, hold, sender } = new Bench();
    time.pass(6000);
    sender.write(Buffer.from('abc'));
    time.pass(SILENCE_MS - 1);
    expect([hold.isHeld, events.told]).toEqual([true, []]);
    time.pass(1);
    expect([hold.isOpen, events.told]).toEqual([false, ['over ERR_SOURCE_TIMEOUT']]);
    expect(hold.goneBecause?.message).toBe('The sender stopped sending; got nothing for 10000 ms');
    expect([hold.bytes.writableEnded, waitingText(hold.bytes)]).toEqual([true, 'abc']);
  });

  it('of a sender that was told to wait is no silence, until there is room again', async () => {
    const { time, events, hold, sender } = new Bench();
    expect(sender.write(Buffer.alloc(MAX_WAITING_BYTES - 1))).toBe(true);
    expect(sender.write(Buffer.alloc(1))).toBe(false);
    time.pass(12 * SILENCE_MS);
    expect(hold.isHeld).toBe(true);
    hold.bytes.resume();
    while (!events.told.includes('drain')) await nextTurn();
    time.pass(SILENCE_MS - 1);
    expect(hold.isHeld).toBe(true);
    time.pass(1);
    expect(events.told).toEqual(['drain', 'over ERR_SOURCE_TIMEOUT']);
  });

  it('is not counted once the sender is done', () => {
    const { time, events, hold, sender } = new Bench();
    sender.end();
    time.pass(10 * SILENCE_MS);
    expect([hold.goneBecause, hold.bytes.writableEnded, events.told]).toEqual([null, true, []]);
    hold.finish(null);
    hold.finish(new Error('twice'));
    expect(events.told).toEqual(['over']);
  });
});

describe('a lost connection', () => {
  it('may be taken up within the time that a sender may be silent', () => {
    const bench = new Bench();
    const { time, hold, sender } = bench;
    sender.write(Buffer.from('abc'));
    time.pass(3000);
    sender.lose();
    time.pass(SILENCE_MS - 1);
    expect([hold.isHeld, hold.isOpen]).toEqual([false, true]);
    const again = hold.grip(new ToldSender());
    expect([again.resumeToken, again.numBytes]).toEqual([sender.resumeToken, 3]);
    again.write(Buffer.from('def'));
    time.pass(SILENCE_MS - 1);
    expect([hold.isHeld, waitingText(hold.bytes)]).toEqual([true, 'abcdef']);
  });

  it('is gone after that, and nobody is left to be told', () => {
    const { time, events, hold, sender } = new Bench();
    sender.write(Buffer.from('abc'));
    sender.lose();
    time.pass(SILENCE_MS);
    expect([hold.isOpen, hold.bytes.writableEnded, events.told]).toEqual([false, true, []]);
    expect(hold.goneBecause).toMatchObject({
      code: 'ERR_SOURCE_TIMEOUT',
      message: 'The sender has gone; got nothing for 10000 ms',
    });
  });
});

it('whose sender leaves is gone at once, with all that it brought, unless another one begins', () => {
  const { events, hold, sender } = new Bench();
  sender.write(Buffer.from('abc'));
  sender.leave();
  expect([hold.isOpen, hold.bytes.writableEnded, events.told]).toEqual([false, true, []]);
  expect(waitingText(hold.bytes)).toBe('abc');
  expect(hold.goneBecause?.message).toBe("The sender's connection was closed");
  hold.giveWay();
  expect(hold.goneBecause).toBeNull();
});

it('another connection that takes it up leaves the one before with nothing', () => {
  const bench = new Bench();
  const { events, hold, sender } = bench;
  const later = new ToldSender();
  const next = hold.grip(later);
  expect(events.told).toEqual(['over ERR_INGEST_BUSY']);
  expect(sender.write(Buffer.from('old'))).toBe(true);
  sender.lose();
  sender.end();
  next.write(Buffer.from('new'));
  expect([hold.isHeld, hold.numBytes, waitingText(hold.bytes)]).toEqual([true, 3, 'new']);
  hold.decoded(500_000);
  expect([next.ptsUs, later.told, events.told.length]).toEqual([500_000, ['progress'], 1]);
});

it('gives way: what was taken is decoded, and nothing more is taken', () => {
  const bench = new Bench();
  const { time, hold, sender } = bench;
  sender.write(Buffer.from('abc'));
  sender.lose();
  hold.giveWay();
  sender.write(Buffer.from('def'));
  time.pass(10 * SILENCE_MS);
  expect([hold.isOpen, hold.goneBecause, hold.bytes.writableEnded]).toEqual([false, null, true]);
  expect(waitingText(hold.bytes)).toBe('abc');
});

it('takes nothing of a raw message that is malformed', () => {
  const { hold, sender } = new Bench({ type: 'raw', video: { format: 'jpeg' }, audio: null });
  expect(() => sender.write(Buffer.alloc(20))).toThrow('kind 0');
  expect([hold.numBytes, hold.bytes.readableLength]).toEqual([0, 0]);
});
