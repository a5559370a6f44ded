import type { Readable } from 'node:stream';
import { Observable, Subject, type Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { EvokedError, type ErrorCode } from '../../../src/core/errors.js';
import type { MediaEvent } from '../../../src/core/media.js';
import { PushPoint } from '../../../src/streams/push/push-point.js';
import type { PushForm } from '../../../src/streams/push/pushed-media.js';
import { MAX_REST_MS, supervisePushed } from '../../../src/streams/push/supervise-pushed.js';
import type { SupervisedEvent } from '../../../src/streams/supervise/supervised-input.js';
import { audioOf, timelineStart, tracks, watermark } from '../segment/media-events.js';
import { ToldSender, WEBM } from './told-sender.js';
import { VirtualTime } from './virtual-time.js';
import { waitingText } from './waiting-text.js';

const SILENCE_MS = 10_000;

/** A decode child whose media the test makes. */
class Child {
  readonly media = new Subject<MediaEvent>();
  isRunning = false;

  constructor(
    readonly form: PushForm,
    readonly bytes: Readable,
  ) {}

  get input() {
    return {
      media$: new Observable<MediaEvent>((subscriber) => {
        this.isRunning = true;
        subscriber.add(() => (this.isRunning = false));
        return this.media.subscribe(subscriber);
      }),
      setPreview: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
    };
  }

  play(): void {
    for (const event of [tracks('audio'), timelineStart(), audioOf(0)]) this.media.next(event);
  }

  fail(code: ErrorCode): void {
    this.media.error(new EvokedError(code, { what: 'lost' }));
  }

  read(): string {
    return waitingText(this.bytes);
  }
}

class Bench {
  readonly time = new VirtualTime();
  readonly children: Child[] = [];
  readonly story: string[] = [];
  cannotOpen: EvokedError | null = null;
  readonly point: PushPoint;

  constructor(maxCrashRestartsPerMinute = 5) {
    this.point = new PushPoint({
      silenceMs: SILENCE_MS,
      maxCrashRestartsPerMinute,
      scheduler: this.time,
      unplayed: () => this.story.push('unplayed'),
    });
  }

  run(): Subscription {
    const supervised = supervisePushed(this.point, {
      openInput: (form, bytes) => {
        if (this.cannotOpen !== null) throw this.cannotOpen;
        const child = new Child(form, bytes);
        this.children.push(child);
        return child.input;
      },
      scheduler: this.time,
    });
    return supervised.events$.subscribe((event) => this.#tell(event));
  }

  /** A sender that is being played, or waits. */
  async begin(bytes = '') {
    const events = new ToldSender();
    const sender = this.point.begin(WEBM, events);
    if (bytes !== '') sender.write(Buffer.from(bytes));
    await Promise.resolve();
    return { sender, events };
  }

  /** One whose decode child fails at once. */
  async crash(code: ErrorCode = 'ERR_DECODE_CRASHED'): Promise<string[]> {
    const { events } = await this.begin('abc');
    this.child.fail(code);
    return events.told;
  }

  get child(): Child {
    return this.children.at(-1)!;
  }

  get isRunning(): boolean[] {
    return this.children.map((child) => child.isRunning);
  }

  #tell(event: SupervisedEvent): void {
    if (event.type === 'status') this.story.push(`${event.state} ${event.error?.code ?? ''}`.trim());
    if (event.type === 'timeline') this.story.push(event.reason);
  }
}

it('opens nothing before a sender comes, ends with it, and tells it how far it is decoded', async () => {
  const bench = new Bench();
  bench.run();
  bench.time.pass(1e6);
  expect([bench.story, bench.children]).toEqual([['connecting'], []]);
  const { sender, events } = await bench.begin('abc');
  expect([bench.child.form, bench.child.read()]).toEqual([WEBM, 'abc']);
  bench.child.play();
  bench.child.media.next(watermark('audio', 400_000));
  bench.child.media.next(watermark('visual', 300_000));
  expect(sender.ptsUs).toBe(400_000);
  sender.end();
  expect(events.told).toEqual(['progress', 'progress']);
  bench.child.media.complete();
  expect(events.told.at(-1)).toBe('over');
  expect(bench.story).toEqual(['connecting', 'start', 'live', 'ended']);
  await bench.begin();
  expect(bench.story.at(-1)).toBe('unplayed');
});

it('waits for another sender where one falls silent, once what it sent is decoded', async () => {
  const bench = new Bench();
  bench.run();
  const { events } = await bench.begin('abc');
  bench.child.play();
  bench.time.pass(SILENCE_MS);
  expect(events.told).toEqual(['over ERR_SOURCE_TIMEOUT']);
  expect([bench.story.at(-1), bench.child.isRunning]).toEqual(['live', true]);
  bench.child.media.complete();
  expect(bench.story.at(-1)).toBe('reconnecting ERR_SOURCE_TIMEOUT');
  await bench.begin();
  bench.child.play();
  expect(bench.story.slice(-2)).toEqual(['restart', 'live']);
});

it('plays one child through a lost connection that is taken up again in time', async () => {
  const bench = new Bench();
  bench.run();
  const { sender } = await bench.begin('abc');
  bench.child.play();
  sender.lose();
  bench.time.pass(SILENCE_MS - 1);
  bench.point.resume(sender.resumeToken, new ToldSender()).write(Buffer.from('def'));
  bench.time.pass(SILENCE_MS - 1);
  expect([bench.isRunning, bench.child.read()]).toEqual([[true], 'abcdef']);
  expect(bench.story).toEqual(['connecting', 'start', 'live']);
  bench.time.pass(1);
  bench.child.media.complete();
  expect(bench.story.at(-1)).toBe('reconnecting ERR_SOURCE_TIMEOUT');
});

describe('where one gives way to another', () => {
  it('the rest is decoded to its end first, and nobody hears of an end', async () => {
    const bench = new Bench();
    bench.run();
    const { sender } = await bench.begin('abc');
    bench.child.play();
    sender.lose();
    await bench.begin('def');
    expect([bench.isRunning, bench.child.bytes.readableEnded]).toEqual([[true], false]);
    expect(bench.child.read()).toBe('abc');
    bench.time.pass(MAX_REST_MS - 1);
    bench.child.media.complete();
    expect([bench.isRunning, bench.child.read()]).toEqual([[false, true], 'def']);
    // The time limit was that of the first one's rest.
    bench.time.pass(MAX_REST_MS);
    expect(bench.isRunning).toEqual([false, true]);
    bench.child.play();
    expect(bench.story).toEqual(['connecting', 'start', 'live', 'restart', 'live']);
  });

  it('the rest is cut off after 2 s, however many come meanwhile', async () => {
    const bench = new Bench();
    bench.run();
    const { sender, events } = await bench.begin('abc');
    sender.end();
    const second = await bench.begin();
    bench.time.pass(1500);
    second.sender.end();
    await bench.begin('third');
    expect(second.events.told).toEqual(['over']);
    bench.time.pass(499);
    expect([bench.isRunning, events.told]).toEqual([[true], []]);
    bench.time.pass(1);
    expect([bench.isRunning, events.told]).toEqual([[false, true], ['over']]);
    expect(bench.child.read()).toBe('third');
  });

  it('what the second has left is played although it has gone, and a third is let in then', async () => {
    const bench = new Bench();
    bench.run();
    (await bench.begin('first')).sender.end();
    const second = await bench.begin('second');
    second.sender.end();
    await expect(bench.begin('third')).rejects.toThrow('waits its turn');
    bench.time.pass(MAX_REST_MS);
    expect([bench.child.read(), second.events.told]).toEqual(['second', []]);
    await bench.begin('third');
    bench.child.media.complete();
    expect([bench.child.read(), second.events.told]).toEqual(['third', ['over']]);
  });
});

describe('crashes', () => {
  it('are counted over all senders: the stream fails, and lets nobody in for a minute', async () => {
    const bench = new Bench(2);
    bench.run();
    await bench.crash();
    await bench.crash('ERR_DECODE_MEMORY');
    expect(bench.story.slice(1)).toEqual([
      'reconnecting ERR_DECODE_CRASHED',
      'reconnecting ERR_DECODE_MEMORY',
    ]);
    expect(await bench.crash('ERR_DECODE_STALLED')).toEqual(['over ERR_DECODE_STALLED']);
    expect(bench.story.at(-1)).toBe('failed ERR_DECODE_STALLED');
    bench.time.pass(59_999);
    await expect(bench.begin()).rejects.toThrow('too often');
    bench.time.pass(1);
    bench.run();
    await bench.begin();
    expect([bench.children.length, bench.child.isRunning]).toEqual([4, true]);
  });

  it('are counted over all runs of the stream, those between which it had ended included', async () => {
    const bench = new Bench(1);
    const first = bench.run();
    await bench.crash();
    first.unsubscribe();
    bench.run();
    (await bench.begin()).sender.end();
    bench.child.media.complete();
    expect(bench.story.at(-1)).toBe('ended');
    bench.run();
    await bench.crash();
    expect(bench.story.at(-1)).toBe('failed ERR_DECODE_CRASHED');
  });

  it('count where the sender had gone before, and turn away who waits', async () => {
    const bench = new Bench(0);
    bench.run();
    await bench.begin('abc');
    bench.time.pass(SILENCE_MS);
    const next = await bench.begin('def');
    bench.child.fail('ERR_DECODE_CRASHED');
    expect(next.events.told).toEqual(['over ERR_DECODE_CRASHED']);
    expect([bench.children.length, bench.story.at(-1)]).toEqual([1, 'failed ERR_DECODE_CRASHED']);
  });

  it('are none where the media was no media, or nothing could be opened', async () => {
    const bench = new Bench(0);
    bench.run();
    for (let i = 0; i < 10; i++) await bench.crash('ERR_SOURCE_NOT_MEDIA');
    bench.cannotOpen = new EvokedError('ERR_SOURCE_NO_TRACKS', { what: 'nothing to score' });
    expect((await bench.begin()).events.told).toEqual(['over ERR_SOURCE_NO_TRACKS']);
    expect(bench.story.at(-1)).toBe('reconnecting ERR_SOURCE_NO_TRACKS');
  });
});

it('tells who is played that the stream is started again, and ends the child', async () => {
  const bench = new Bench();
  const running = bench.run();
  const { events } = await bench.begin('abc');
  running.unsubscribe();
  expect([events.told, bench.isRunning]).toEqual([['over ERR_INGEST_RESUME'], [false]]);
});
