import { describe, expect, it } from 'vitest';
import type { Segment } from '../../src/core/media.js';
import {
  PreviewChannel,
  encodePreview,
  type PreviewSink,
} from '../../src/server/delivery/preview-channel.js';
import { SocketClient } from './socket-client.js';
import { startTestServer } from './test-server.js';

function segmentOf(seq: number, previewJpeg: Uint8Array | null = Uint8Array.of(1, 2, seq)): Segment {
  return {
    type: 'segment',
    epoch: 3,
    seq,
    timelineIndex: seq,
    ptsUs: 2 ** 40 + seq,
    frame: null,
    audio: null,
    arrivedAtMs: 0,
    flags: [],
    previewJpeg,
  };
}

class SlowSink implements PreviewSink {
  readonly written: number[] = [];
  bufferedBytes = 0;
  #onTaken: () => void = () => undefined;

  write(message: Buffer, onTaken: () => void): void {
    this.written.push(message.readUInt32LE(12));
    this.bufferedBytes += message.length;
    this.#onTaken = onTaken;
  }

  take(): void {
    this.bufferedBytes = 0;
    this.#onTaken();
  }

  end(): void {}
}

describe('preview', () => {
  it('has a header of 24 bytes, little-endian', () => {
    const message = encodePreview(segmentOf(7), Uint8Array.of(0xff, 0xd8), 12.5);
    expect(message.readBigInt64LE(0)).toBe(BigInt(2 ** 40 + 7));
    expect([message.readUInt32LE(8), message.readUInt32LE(12), message.readDoubleLE(16)]).toEqual([
      3, 7, 12.5,
    ]);
    expect([...message.subarray(24)]).toEqual([0xff, 0xd8]);
  });

  it('sends a slow watcher the newest picture only, and counts those it skipped', () => {
    let numSkipped = 0;
    const channel = new PreviewChannel(
      () => undefined,
      () => (numSkipped += 1),
    );
    const [slow, fine] = [new SlowSink(), new SlowSink()];
    channel.watch(slow);
    channel.watch(fine);
    for (let seq = 0; seq < 5; seq++) {
      channel.publish(segmentOf(seq));
      fine.take();
    }
    slow.take();
    expect(slow.written).toEqual([0, 4]);
    expect(fine.written).toEqual([0, 1, 2, 3, 4]);
    expect(numSkipped).toBe(3);
  });

  it('is asked for while someone watches, over restarts of the source, and no longer', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    const input = test.opened();
    input.feed(1);
    expect(input.preview).toBe(false);
    const url = `${test.baseUrl}/v1/streams/door/preview`;
    const watchers = [new SocketClient(url), new SocketClient(url)];
    await Promise.all(watchers.map(({ socket }) => new Promise((resolve) => socket.once('open', resolve))));
    while (!input.preview) await new Promise(setImmediate);
    input.feed(1);
    for (const watcher of watchers) await watcher.until(({ binaries }) => binaries.length > 0);
    expect(watchers[0]?.binaries[0]?.readUInt32LE(12)).toBe(1);
    await test.fetch('/v1/streams/door', {
      method: 'PATCH',
      body: '{"restart":true}',
      headers: { 'content-type': 'application/json' },
    });
    expect(test.inputs[1]?.preview).toBe(true);
    for (const watcher of watchers) {
      watcher.socket.close();
      await watcher.closed();
    }
    while (test.inputs[1]?.preview === true) await new Promise(setImmediate);
  });
});
