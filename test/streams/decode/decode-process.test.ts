import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test, vi } from 'vitest';
import type { MediaEvent } from '../../../src/core/media.js';
import type { DecodeChild } from '../../../src/streams/decode/child-process.js';
import { openDecodeProcess, STOP_GRACE_MS } from '../../../src/streams/decode/decode-process.js';
import { MEMORY_LOOK_MS } from '../../../src/streams/child/memory-guard.js';
import type { ResidentBytesOf } from '../../../src/streams/child/resident-memory.js';
import type { MediaInput } from '../../../src/streams/media-input.js';
import {
  CONTROL_LIMITS,
  decodeControl,
  type ControlMessage,
} from '../../../src/streams/wire/control-messages.js';
import { frameMessage, WireReader } from '../../../src/streams/wire/framing.js';
import { encodeMedia, type ChildMessage } from '../../../src/streams/wire/media-messages.js';
import { fileOptions } from '../../fixtures/decode.js';
import { unstartedChild } from '../../fixtures/unstarted-child.js';

const WATCHDOG_MS = 1000;

/** A child that does what the test says, and time that passes when the test says. */
class FakeChild extends EventEmitter {
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly pid = 4711;
  readonly kill = vi.fn(() => true);
  readonly told: ControlMessage[] = [];
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;

  constructor() {
    super();
    const reader = new WireReader(CONTROL_LIMITS, (kind, body) => this.told.push(decodeControl(kind, body)));
    this.stdin.on('data', (chunk: Buffer) => reader.push(chunk));
  }

  async says(...messages: ChildMessage[]): Promise<void> {
    this.stdout.write(Buffer.concat(messages.map(encodeMedia)));
    await nextTurn();
  }

  async exits(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    this.exitCode = code;
    this.signalCode = signal;
    this.emit('exit', code, signal);
    this.emit('close', code, signal);
    await nextTurn();
  }
}

interface Scene {
  readonly child: FakeChild;
  readonly input: MediaInput;
  readonly events: MediaEvent[];
  readonly ended: (Error | 'complete')[];
  readonly unsubscribe: () => void;
  readonly pass: (ms: number) => Promise<void>;
}

async function start(
  prepare: (input: MediaInput) => void = () => undefined,
  residentBytesOf: ResidentBytesOf = () => null,
): Promise<Scene> {
  const child = new FakeChild();
  const scheduler = new VirtualTimeScheduler();
  const events: MediaEvent[] = [];
  const ended: (Error | 'complete')[] = [];
  const options = fileOptions('rtsp://user:secret@camera', { watchdogMs: WATCHDOG_MS });
  const spawn = (): DecodeChild => child as unknown as DecodeChild;
  const input = openDecodeProcess(options, { scheduler, spawn, residentBytesOf });
  prepare(input);
  const subscription = input.media$.subscribe({
    next: (event) => events.push(event),
    error: (error: Error) => ended.push(error),
    complete: () => ended.push('complete'),
  });
  await nextTurn();
  const pass = async (ms: number): Promise<void> => {
    scheduler.maxFrames = scheduler.frame + ms;
    scheduler.flush();
    // flush() stops at the last action; time goes on.
    scheduler.frame = scheduler.maxFrames;
    await nextTurn();
  };
  return { child, input, events, ended, unsubscribe: () => subscription.unsubscribe(), pass };
}

const timeline: ChildMessage = { type: 'timeline', reason: 'start' };
const heartbeat: ChildMessage = { type: 'heartbeat', residentBytes: 1e6 };

test('the child is told what to open first, and hears of previews', async () => {
  const { child, input } = await start((each) => each.setPreview(true));
  expect(child.told.map(({ type }) => type)).toEqual(['open', 'preview']);
  expect(child.told[0]).toMatchObject({ options: { url: 'rtsp://user:secret@camera' } });
  input.setPreview(false);
  await nextTurn();
  expect(child.told.at(-1)).toEqual({ type: 'preview', on: false });
});

test('media passes, heartbeats do not', async () => {
  const { child, events, ended } = await start();
  await child.says(heartbeat, timeline, heartbeat);
  expect(events).toEqual([timeline]);
  expect(ended).toEqual([]);
});

test('the end completes, and the child is asked to go', async () => {
  const { child, events, ended } = await start();
  await child.says(timeline, { type: 'end' }, timeline);
  expect(events).toEqual([timeline]);
  expect(ended).toEqual(['complete']);
  expect(child.told.at(-1)).toEqual({ type: 'stop' });
  expect(child.stdin.writableEnded).toBe(true);
  await child.exits(0, null);
  expect(ended).toEqual(['complete']);
});

test("the child's error is the stream's", async () => {
  const { child, ended } = await start();
  await child.says({ type: 'error', code: 'ERR_SOURCE_AUTH', message: 'The source refused the credentials' });
  await child.exits(null, 'SIGKILL');
  expect(ended).toHaveLength(1);
  expect(ended[0]).toMatchObject({ code: 'ERR_SOURCE_AUTH', message: 'The source refused the credentials' });
});

describe('a child that misbehaves', () => {
  test('by ending', async () => {
    const { child, ended } = await start();
    child.stderr.write('free(): invalid pointer in rtsp://user:secret@camera\n');
    await nextTurn();
    await child.exits(null, 'SIGABRT');
    expect(ended[0]).toMatchObject({ code: 'ERR_DECODE_CRASHED' });
    expect((ended[0] as Error).message).toMatch(/got SIGABRT and "free\(\): invalid pointer/);
    expect((ended[0] as Error).message).not.toContain('secret');
  });

  test('by not starting', async () => {
    const { child, ended } = await start();
    child.emit('error', new Error('spawn EAGAIN'));
    expect(ended[0]).toMatchObject({ code: 'ERR_DECODE_CRASHED' });
  });

  test.each([null, new PassThrough()])(
    'by having no pipes, as where no descriptors are left',
    async (pushed) => {
      const { child, kill } = unstartedChild();
      const scheduler = new VirtualTimeScheduler();
      const input = openDecodeProcess(fileOptions('push:door'), {
        ...{ scheduler, spawn: () => child },
        ...(pushed && { pushed }),
      });
      input.setPreview(true);
      const ended: unknown[] = [];
      input.media$.subscribe({ error: (error: unknown) => ended.push(error) });
      input.pause();
      expect(ended).toEqual([]);
      await nextTurn();
      expect(ended).toMatchObject([{ code: 'ERR_DECODE_CRASHED', cause: { message: 'spawn EMFILE' } }]);
      scheduler.flush();
      // Of a process that there is not, a signal would go to the whole group.
      expect(kill).not.toHaveBeenCalled();
      expect(() => child.emit('error', new Error('again'))).not.toThrow();
    },
  );

  test('by nonsense', async () => {
    const { child, ended, events } = await start();
    child.stdout.write(Buffer.from('Segmentation fault, core dumped'));
    await nextTurn();
    expect(ended[0]).toMatchObject({ code: 'ERR_DECODE_WIRE' });
    await child.says(timeline);
    expect(events).toEqual([]);
  });

  test('by a frame without pixels', async () => {
    const { child, ended } = await start();
    child.stdout.write(frameMessage(3, Buffer.alloc(20)));
    await nextTurn();
    expect(ended[0]).toMatchObject({ code: 'ERR_DECODE_WIRE' });
  });

  test('by silence', async () => {
    const { child, ended, pass } = await start();
    await pass(WATCHDOG_MS - 1);
    expect(ended).toEqual([]);
    await pass(1);
    expect(ended[0]).toMatchObject({ code: 'ERR_DECODE_STALLED' });
    expect(child.kill).toHaveBeenCalledWith('SIGKILL');
  });
});

describe('a child that grows', () => {
  const LIMIT_BYTES = 512 * 1024 * 1024;

  test('is killed at the first look that finds it above its limit', async () => {
    let bytes = LIMIT_BYTES;
    const asked: number[] = [];
    const { child, ended, pass } = await start(undefined, (pid) => {
      asked.push(pid);
      return bytes;
    });
    await pass(2 * MEMORY_LOOK_MS);
    expect(asked).toEqual([4711, 4711]);
    expect(ended).toEqual([]);
    bytes = LIMIT_BYTES * 2;
    await pass(MEMORY_LOOK_MS);
    expect(ended[0]).toMatchObject({
      code: 'ERR_DECODE_MEMORY',
      message: 'The decode child took too much memory and was killed; got 1024 MB; expected at most 512 MB',
    });
    expect(child.kill).toHaveBeenCalledExactlyOnceWith('SIGKILL');
    await pass(10 * MEMORY_LOOK_MS);
    expect(asked).toHaveLength(3);
  });

  test('tells it by itself where the system does not', async () => {
    const { child, ended, pass } = await start();
    await child.says({ type: 'heartbeat', residentBytes: LIMIT_BYTES });
    await pass(MEMORY_LOOK_MS);
    expect(ended).toEqual([]);
    await child.says({ type: 'heartbeat', residentBytes: LIMIT_BYTES + 1024 * 1024 });
    await pass(MEMORY_LOOK_MS);
    expect(ended[0]).toMatchObject({ code: 'ERR_DECODE_MEMORY' });
  });

  test('is looked at while it is paused, and not after it has exited', async () => {
    const asked: number[] = [];
    const { child, input, pass } = await start(undefined, (pid) => {
      asked.push(pid);
      return 0;
    });
    input.pause();
    await pass(MEMORY_LOOK_MS);
    expect(asked).toHaveLength(1);
    await child.exits(1, null);
    await pass(10 * MEMORY_LOOK_MS);
    expect(asked).toHaveLength(1);
  });
});

test('heartbeats keep the watchdog quiet, for exactly as long as they come', async () => {
  const { child, ended, pass } = await start();
  for (let i = 0; i < 10; i++) {
    await pass(WATCHDOG_MS - 100);
    await child.says(heartbeat);
  }
  expect(ended).toEqual([]);
  await pass(WATCHDOG_MS + 1);
  expect(ended[0]).toMatchObject({ code: 'ERR_DECODE_STALLED' });
});

test('a paused child may be silent; after resume it may not', async () => {
  const { child, input, events, ended, pass } = await start();
  input.pause();
  await child.says(timeline);
  await pass(10 * WATCHDOG_MS);
  expect(ended).toEqual([]);
  expect(events).toEqual([]);
  input.resume();
  await nextTurn();
  expect(events).toEqual([timeline]);
  await pass(3 * WATCHDOG_MS);
  expect(ended[0]).toMatchObject({ code: 'ERR_DECODE_STALLED' });
});

describe('unsubscribing', () => {
  test('asks the child to stop, hears nothing more, and kills it after the grace time', async () => {
    const { child, events, ended, unsubscribe, pass } = await start();
    unsubscribe();
    await child.says(timeline, { type: 'end' });
    expect(child.told.at(-1)).toEqual({ type: 'stop' });
    expect(events).toEqual([]);
    expect(child.kill).not.toHaveBeenCalled();
    await pass(STOP_GRACE_MS + 1);
    expect(child.kill).toHaveBeenCalledExactlyOnceWith('SIGKILL');
    expect(ended).toEqual([]);
  });

  test('kills nothing when the child goes in time', async () => {
    const { child, ended, unsubscribe, pass } = await start();
    unsubscribe();
    await child.exits(0, null);
    await pass(10 * STOP_GRACE_MS);
    expect(child.kill).not.toHaveBeenCalled();
    expect(ended).toEqual([]);
  });
});

test('a second subscription is refused', async () => {
  const { input } = await start();
  const errors: unknown[] = [];
  input.media$.subscribe({ error: (error) => errors.push(error) });
  expect(errors[0]).toMatchObject({ code: 'ERR_INTERNAL' });
});
