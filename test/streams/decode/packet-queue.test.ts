import type { Packet } from 'node-av/lib';
import { expect, test, vi } from 'vitest';
import { PacketQueue, type QueuedPacket } from '../../../src/streams/decode/packet-queue.js';

function item(mediaMs: number, numBytes = 10, track = 0): QueuedPacket & { free: ReturnType<typeof vi.fn> } {
  const free = vi.fn();
  const codecId = 0 as QueuedPacket['codecId'];
  return { packet: { free } as unknown as Packet, codecId, track, numBytes, mediaMs, free };
}

const limits = { bytes: 100, mediaMs: 1000 };

test('hands out in order, and null at the end', async () => {
  const queue = new PacketQueue(limits);
  const first = queue.shift();
  queue.push(item(0));
  queue.push(item(40));
  queue.end();
  expect([(await first)?.mediaMs, (await queue.shift())?.mediaMs, await queue.shift()]).toEqual([
    0,
    40,
    null,
  ]);
});

test('hands out the tracks of a fragment side by side, each in its own order', async () => {
  const queue = new PacketQueue(limits);
  // Pictures are sent in the order of decoding.
  for (const mediaMs of [0, 80, 40, 120]) queue.push(item(mediaMs, 1, 0));
  for (const mediaMs of [0, 50, 100]) queue.push(item(mediaMs, 1, 1));
  const order = [];
  while (!queue.isEmpty) {
    const { track, mediaMs } = (await queue.shift())!;
    order.push(`${track === 0 ? 'picture' : 'sound'} ${mediaMs}`);
  }
  expect(order).toEqual([
    'picture 0',
    'sound 0',
    'picture 80',
    'picture 40',
    'sound 50',
    'sound 100',
    'picture 120',
  ]);
});

test('tells of a failure after the last packet', async () => {
  const queue = new PacketQueue(limits);
  queue.push(item(0));
  queue.end(new Error('lost'));
  await expect(queue.shift()).resolves.toMatchObject({ mediaMs: 0 });
  await expect(queue.shift()).rejects.toThrow('lost');
});

test.each([
  ['bytes', [item(0, 60), item(1, 60)]],
  ['media', [item(0), item(1000)]],
])('gives no room beyond its limit of %s', async (_, items) => {
  const queue = new PacketQueue(limits);
  for (const each of items) queue.push(each);
  expect(queue.isFull).toBe(true);
  let hasRoom = false;
  const room = queue.room().then(() => (hasRoom = true));
  await Promise.resolve();
  expect(hasRoom).toBe(false);
  await queue.shift();
  await room;
  expect(queue.isFull).toBe(false);
});

test('frees what nobody takes, before and after it is closed, and lets both sides go', async () => {
  const queue = new PacketQueue({ bytes: 1, mediaMs: 1 });
  const [before, after] = [item(0), item(1)];
  queue.push(before);
  const room = queue.room();
  queue.close();
  queue.push(after);
  await room;
  expect(before.free).toHaveBeenCalledOnce();
  expect(after.free).toHaveBeenCalledOnce();
  expect(await queue.shift()).toBeNull();
});
