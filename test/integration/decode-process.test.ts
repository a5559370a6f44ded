import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { firstValueFrom, filter, take, timer, toArray } from 'rxjs';
import { describe, expect, test, vi } from 'vitest';
import type { MediaEvent } from '../../src/core/media.js';
import { processEntry } from '../../src/core/process-entry.js';
import { spawnDecodeChild, type DecodeChild } from '../../src/streams/decode/child-process.js';
import { openDecodeProcess } from '../../src/streams/decode/decode-process.js';
import type { MediaInput, MediaInputOptions } from '../../src/streams/media-input.js';
import { decodeAll, fileOptions } from '../fixtures/decode.js';
import { makeMp4 } from '../fixtures/media.js';

const film = (changes: Partial<MediaInputOptions> = {}): MediaInputOptions =>
  fileOptions('film:x', { realTime: true, ...changes });

/** An input, and the child it starts. */
function open(options: MediaInputOptions): { input: MediaInput; child: () => DecodeChild } {
  let child: DecodeChild | undefined;
  const input = openDecodeProcess(options, { spawn: () => (child = spawnDecodeChild()) });
  return { input, child: () => child! };
}

const exited = async (child: DecodeChild): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A zombie still has a number.
  return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
};

describe('a decode child', () => {
  test('that is killed is reported, once', async () => {
    const { input, child } = open(film());
    const events: MediaEvent[] = [];
    const error = await new Promise((resolve) => {
      input.media$.subscribe({
        next: (event) => {
          events.push(event);
          if (event.type === 'videoFrame') child().kill('SIGKILL');
        },
        error: resolve,
      });
    });
    expect(error).toMatchObject({ code: 'ERR_DECODE_CRASHED', message: /got SIGKILL/ });
    expect(events.length).toBeGreaterThan(2);
  });

  test.skipIf(process.platform === 'win32')('that stands still is killed by the watchdog', async () => {
    const { input, child } = open(film({ watchdogMs: 900 }));
    const error = await new Promise((resolve) => {
      input.media$.subscribe({
        next: (event) => {
          if (event.type === 'videoFrame') child().kill('SIGSTOP');
        },
        error: resolve,
      });
    });
    expect(error).toMatchObject({ code: 'ERR_DECODE_STALLED' });
    await exited(child());
    expect(isRunning(child().pid!)).toBe(false);
  });

  test('lives through a source that is slow to answer, by its heartbeat', async () => {
    const { createServer } = await import('node:net');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/a.mp4`;
    const { error } = await decodeAll(fileOptions(url, { watchdogMs: 1500, connectTimeoutMs: 3500 }));
    server.close();
    expect(error?.code).toBe('ERR_SOURCE_TIMEOUT');
  });

  test('exits when it is unsubscribed from, and nothing follows', async () => {
    const { input, child } = open(film());
    const events: MediaEvent[] = [];
    await new Promise<void>((resolve) => {
      const subscription = input.media$.subscribe((event) => {
        events.push(event);
        if (event.type === 'videoFrame') queueMicrotask(() => resolve(subscription.unsubscribe()));
      });
    });
    const numEvents = events.length;
    await exited(child());
    expect(events).toHaveLength(numEvents);
  });

  test('exits at the end of a file', async () => {
    const { input, child } = open(fileOptions(await makeMp4({ seconds: 1 })));
    const events = await firstValueFrom(input.media$.pipe(toArray()));
    expect(mediaTypes(events).at(-1)).toBe('watermark');
    await exited(child());
  });

  test('exits when the server is killed', async () => {
    const script = `
      import { openDecodeProcess } from ${JSON.stringify(processEntry('streams/decode/decode-process'))};
      import { spawnDecodeChild } from ${JSON.stringify(processEntry('streams/decode/child-process'))};
      const options = ${JSON.stringify(film())};
      const spawn = () => { const child = spawnDecodeChild(); globalThis.pid = child.pid; return child; };
      openDecodeProcess(options, { spawn }).media$.subscribe((event) => {
        if (event.type === 'videoFrame') console.log(globalThis.pid);
      });`;
    const server = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
    const pid = Number(line);
    expect(isRunning(pid)).toBe(true);
    server.kill('SIGKILL');
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 5000, interval: 50 });
  });

  test.skipIf(process.platform !== 'linux')('is told its URL where nobody else can read it', async () => {
    process.env['EVOKED_TOKEN'] = 'a-token-of-the-server';
    const { input, child } = open(film({ url: 'film:secret' }));
    const seen = await new Promise<string>((resolve) => {
      const subscription = input.media$.subscribe((event) => {
        if (event.type !== 'videoFrame') return;
        const files = ['cmdline', 'environ'].map((file) =>
          readFileSync(`/proc/${child().pid}/${file}`, 'utf8'),
        );
        resolve(files.join());
        queueMicrotask(() => subscription.unsubscribe());
      });
    });
    delete process.env['EVOKED_TOKEN'];
    expect(seen).not.toContain('secret');
    expect(seen).not.toContain('a-token');
    expect(seen).toContain('child-main');
  });
});

/** Reports of how decoding fares come between, by the clock. */
function mediaTypes(events: readonly MediaEvent[]): MediaEvent['type'][] {
  return events.map(({ type }) => type).filter((type) => type !== 'decoded');
}

describe('pause and resume', () => {
  test('a paused file stops being decoded, and loses nothing', async () => {
    const path = await makeMp4({ seconds: 20 });
    const expected = await decodeAll(fileOptions(path));
    const { input, child } = open(fileOptions(path, { watchdogMs: 1500 }));
    const events: MediaEvent[] = [];
    const done = new Promise<void>((resolve, reject) => {
      input.media$.subscribe({
        next: (event) => {
          events.push(event);
          if (events.length === 40) input.pause();
        },
        error: reject,
        complete: resolve,
      });
    });
    await vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(40), { timeout: 10_000 });
    await untilIdle(child());
    const numPaused = events.length;
    // Longer than the watchdog: a child that waits for its reader is not a stalled one.
    await firstValueFrom(timer(2000));
    expect(events).toHaveLength(numPaused);
    expect(numPaused).toBeLessThan(expected.events.length / 2);
    input.resume();
    await done;
    expect(mediaTypes(events)).toEqual(mediaTypes(expected.events));
    expect(events.filter((event) => event.type === 'videoFrame').map(({ ptsUs }) => ptsUs)).toEqual(
      expected.frames.map(({ ptsUs }) => ptsUs),
    );
  });

  test('before subscribing', async () => {
    const { input } = open(fileOptions(await makeMp4({ seconds: 1 })));
    input.pause();
    const events: MediaEvent[] = [];
    const done = new Promise<void>((resolve, reject) => {
      input.media$.subscribe({ next: (event) => events.push(event), error: reject, complete: resolve });
    });
    await firstValueFrom(timer(800));
    expect(events).toHaveLength(0);
    input.resume();
    await done;
    expect(events.length).toBeGreaterThan(10);
  });
});

describe('previews', () => {
  test('come on every picked frame while they are on', async () => {
    const path = await makeMp4({ seconds: 2, width: 640, height: 360, texture: true });
    const { frames } = await decodeAll(fileOptions(path), { preview: true });
    expect(frames).toHaveLength(12);
    for (const { previewJpeg } of frames) {
      expect(Array.from(previewJpeg!.subarray(0, 3))).toEqual([0xff, 0xd8, 0xff]);
      expect(sizeOfJpeg(previewJpeg!)).toEqual([320, 180]);
      expect(previewJpeg!.length).toBeLessThan(60_000);
    }
  });

  test('are not made while they are off, and can be switched', async () => {
    const { input } = open(film());
    const frames = input.media$.pipe(
      filter((event) => event.type === 'videoFrame'),
      take(12),
      toArray(),
    );
    const result = firstValueFrom(frames);
    await firstValueFrom(timer(1000));
    input.setPreview(true);
    const has = (await result).map(({ previewJpeg }) => previewJpeg !== null);
    expect(has[0]).toBe(false);
    expect(has.at(-1)).toBe(true);
    expect(has.lastIndexOf(false)).toBeLessThan(has.indexOf(true));
  });
});

describe('real time', () => {
  test('a file is played at the speed of its clock', async () => {
    const path = await makeMp4({ seconds: 2 });
    const startedAtMs = performance.now();
    const { frames, error } = await decodeAll(fileOptions(path, { realTime: true }));
    expect(error).toBeNull();
    const tookMs = performance.now() - startedAtMs;
    expect(tookMs).toBeGreaterThan(1850);
    expect(tookMs).toBeLessThan(6000);
    const lag = frames.map(({ arrivedAtMs, ptsUs }) => arrivedAtMs - ptsUs / 1000);
    expect(Math.max(...lag) - Math.min(...lag)).toBeLessThan(250);
  });
});

/** Until the child uses no processor time. */
async function untilIdle(child: DecodeChild): Promise<void> {
  const used = (): string => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ').slice(13, 15).join();
  if (process.platform !== 'linux') return;
  for (let before = ''; before !== used();) {
    before = used();
    await delay(150);
  }
}

function sizeOfJpeg(jpeg: Uint8Array): [width: number, height: number] {
  const view = Buffer.from(jpeg);
  for (let at = 2; at < view.length; at += 2 + view.readUInt16BE(at + 2)) {
    const marker = view[at + 1]!;
    if (marker === 0xc0) return [view.readUInt16BE(at + 7), view.readUInt16BE(at + 5)];
  }
  return [0, 0];
}
