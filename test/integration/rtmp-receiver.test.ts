import { readFileSync } from 'node:fs';
import { asyncScheduler } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import type { ReceiverChild } from '../../src/streams/rtmp/receiver-process.js';
import { spawnReceiver } from '../../src/streams/rtmp/receiver-process.js';
import type { ReceiverOptions } from '../../src/streams/rtmp/receiver-wire.js';
import { RtmpReceiver } from '../../src/streams/rtmp/rtmp-receiver.js';
import { FakeInlet } from '../fixtures/fake-inlet.js';
import { greeting, HANDSHAKE, RtmpPeer, videoMessage } from '../fixtures/rtmp-peer.js';

interface TestReceiver {
  readonly receiver: RtmpReceiver;
  readonly inlets: Readonly<Record<string, FakeInlet>>;
  /** What was counted, in order. */
  readonly story: string[];
  /** Resolves once the story holds so many of the line. */
  readonly until: (line: string, count?: number) => Promise<void>;
  readonly child: () => ReceiverChild;
}

async function startReceiver(changes: Partial<ReceiverOptions> = {}): Promise<TestReceiver> {
  const inlets = { door: new FakeInlet(), yard: new FakeInlet() };
  const story: string[] = [];
  const children: ReceiverChild[] = [];
  let onStory = (): void => undefined;
  const tell = (line: string): void => {
    story.push(line);
    onStory();
  };
  const receiver = new RtmpReceiver({
    receiver: {
      host: '127.0.0.1',
      port: 0,
      maxStrangers: 8,
      maxConnections: 24,
      greetingTimeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      ...changes,
    },
    watchdogMs: 12_000,
    memoryLimitMb: 512,
    backoffInitialMs: 100,
    backoffMaxMs: 200,
    inletOf: (key) => (key === 'door' || key === 'yard' ? inlets[key] : null),
    events: {
      listening: () => tell('listening'),
      refused: (reason) => tell(`refused ${reason}`),
      closed: (reason, count) => {
        for (let i = 0; i < count; i++) tell(`closed ${reason}`);
      },
      restarting: (error) => tell(error.code),
    },
    scheduler: asyncScheduler,
    random: () => 0.5,
    spawn: () => {
      const child = spawnReceiver();
      children.push(child);
      return child;
    },
  });
  onTestFinished(() => receiver.close());
  await receiver.listen();
  return {
    receiver,
    inlets,
    story,
    until: (line, count = 1) =>
      new Promise((resolve) => {
        onStory = () => {
          if (story.filter((each) => each === line).length >= count) resolve();
        };
        onStory();
      }),
    child: () => children.at(-1)!,
  };
}

async function publish(port: number, key: string): Promise<RtmpPeer> {
  const peer = await RtmpPeer.connect(port);
  onTestFinished(() => peer.end());
  peer.send(greeting(key));
  return peer;
}

async function publishing(port: number, key: string): Promise<RtmpPeer> {
  const peer = await publish(port, key);
  await peer.told('NetStream.Publish.Start');
  return peer;
}

test('two keys on one port: the media of each goes into its own stream', async () => {
  const { receiver, inlets } = await startReceiver();
  const [door, yard] = [await publishing(receiver.port, 'door'), await publishing(receiver.port, 'yard')];
  door.send(videoMessage(1000));
  yard.send(videoMessage(2000));
  await inlets.door!.until(() => inlets.door!.current!.numBytes >= 13 + 1015);
  await inlets.yard!.until(() => inlets.yard!.current!.numBytes >= 13 + 2015);
  expect(inlets.door!.current?.form).toEqual({ type: 'container', container: 'flv' });
  expect(Buffer.concat(inlets.door!.current!.parts).toString('latin1', 0, 4)).toBe('FLV\x01');
  expect(inlets.door!.current?.numBytes).toBe(13 + 1015);
  expect(receiver.numPublishers).toBe(2);
});

test('an unknown key and a key in use are refused in the words of RTMP, and touch nothing', async () => {
  const { receiver, inlets, story } = await startReceiver();
  const unknown = await publish(receiver.port, 'guess');
  await unknown.closed;
  expect(unknown.codes.at(-1)).toBe('NetStream.Publish.BadName');
  expect(inlets.door!.holds).toEqual([]);
  const first = await publishing(receiver.port, 'door');
  const second = await publish(receiver.port, 'door');
  await second.closed;
  expect(second.codes.at(-1)).toBe('NetStream.Publish.BadName');
  first.send(videoMessage(100));
  await inlets.door!.until(() => inlets.door!.current!.numBytes === 13 + 115);
  expect(inlets.door!.holds).toHaveLength(1);
  // How many connections were closed is told now and then.
  const told = story.filter((line) => !line.startsWith('closed '));
  expect(told).toEqual(['listening', 'refused unknown', 'refused busy']);
});

test('who tries many keys is told so, and locks nobody out who shares the address', async () => {
  const { receiver, inlets, story } = await startReceiver();
  for (let i = 0; i < 31; i++) await (await publish(receiver.port, `guess-${i}`)).closed;
  const right = await publishing(receiver.port, 'door');
  right.send(videoMessage(100));
  await inlets.door!.until(() => inlets.door!.current!.numBytes === 13 + 115);
  const wrong = await publish(receiver.port, 'guess-31');
  await wrong.closed;
  expect(wrong.codes.at(-1)).toBe('NetStream.Publish.BadName');
  expect(story.filter((line) => line === 'refused unknown')).toHaveLength(30);
  expect(story.filter((line) => line === 'refused limited')).toHaveLength(2);
  expect(receiver.numPublishers).toBe(1);
});

test('a stream that is behind holds up its sender, and no other', async () => {
  const { receiver, inlets } = await startReceiver();
  const [door, yard] = [inlets.door!, inlets.yard!];
  door.isFull = true;
  const slow = await publishing(receiver.port, 'door');
  // Larger than every window and socket buffer between here and there.
  for (let i = 0; i < 400; i++) slow.send(videoMessage(100_000, i * 40));
  await door.until(() => door.current!.numBytes >= 1024 * 1024);
  const other = await publishing(receiver.port, 'yard');
  other.send(videoMessage(5000));
  await yard.until(() => yard.current!.numBytes === 13 + 5015);
  const numTaken = door.current!.numBytes;
  expect(numTaken).toBeLessThan(3 * 1024 * 1024);
  expect(slow.numUnsent).toBeGreaterThan(20e6);
  door.isFull = false;
  door.current!.events.drain();
  await door.until(() => door.current!.numBytes === 13 + 400 * 100_015);
  expect(door.holds).toHaveLength(1);
});

test('a sender that goes, with a goodbye or without, loses its hold; the next one begins anew', async () => {
  const { receiver, inlets } = await startReceiver();
  const door = inlets.door!;
  (await publishing(receiver.port, 'door')).end();
  await door.until(() => door.current?.state === 'lost');
  await publishing(receiver.port, 'door');
  expect(door.holds.map(({ state }) => state)).toEqual(['lost', 'held']);
});

test('a stream that is removed disconnects its sender', async () => {
  const { receiver, inlets } = await startReceiver();
  const peer = await publishing(receiver.port, 'door');
  inlets.door!.current!.events.over(null);
  await peer.closed;
  expect(inlets.door!.current?.state).toBe('held');
});

test('garbage and connections that say nothing are closed and counted; whoever publishes is not touched', async () => {
  const limits = { greetingTimeoutMs: 500, maxStrangers: 4 };
  const { receiver, inlets, until, story } = await startReceiver(limits);
  const publisher = await publishing(receiver.port, 'door');
  const peers = await Promise.all(Array.from({ length: 10 }, () => RtmpPeer.connect(receiver.port)));
  // Six gave way, four waited for their time.
  await Promise.all(peers.map(({ closed }) => closed));
  const half = await RtmpPeer.connect(receiver.port);
  half.send(greeting('door').subarray(0, HANDSHAKE.length + 40));
  await half.closed;
  for (const bytes of [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.alloc(5000, 0xff),
    Buffer.concat([HANDSHAKE, Buffer.alloc(999, 0xff)]),
  ]) {
    const peer = await RtmpPeer.connect(receiver.port);
    peer.send(bytes);
    await peer.closed;
  }
  publisher.send(videoMessage(10));
  await inlets.door!.until(() => inlets.door!.current!.numBytes === 13 + 25);
  await until('closed malformed', 3);
  await until('closed timeout', 5);
  await until('closed crowded', 6);
  expect(story.filter((line) => line.startsWith('closed'))).toHaveLength(14);
});

test('a publisher that falls silent counts as gone', async () => {
  const { receiver, inlets, until } = await startReceiver({ idleTimeoutMs: 400 });
  const peer = await publishing(receiver.port, 'door');
  await peer.closed;
  await until('closed idle');
  expect(inlets.door!.current?.state).toBe('lost');
});

test('a receiver that is killed comes back on its port, and so do senders', async () => {
  const { receiver, inlets, until, child } = await startReceiver();
  const { port } = receiver;
  const before = await publishing(port, 'door');
  child().kill('SIGKILL');
  await before.closed;
  await until('ERR_INGEST_RECEIVER');
  expect(inlets.door!.current?.state).toBe('lost');
  await until('listening', 2);
  await publishing(port, 'door');
  expect(inlets.door!.holds.map(({ state }) => state)).toEqual(['lost', 'held']);
});

test('a port in use is an error that names it', async () => {
  const { receiver } = await startReceiver();
  await expect(startReceiver({ port: receiver.port })).rejects.toMatchObject({
    code: 'ERR_SERVER_ADDRESS',
    message: expect.stringContaining(`127.0.0.1:${receiver.port} (EADDRINUSE)`) as string,
  });
});

test('the receiver sees nothing of the environment', async () => {
  const { child } = await startReceiver();
  const names = readFileSync(`/proc/${child().pid}/environ`, 'utf8').split('\0').filter(Boolean);
  expect(names.map((pair) => pair.split('=')[0])).toEqual(
    process.env['LD_LIBRARY_PATH'] === undefined ? [] : ['LD_LIBRARY_PATH'],
  );
});

test('hundreds of bad connections of every kind leave the receiver as large as it was', async () => {
  const { receiver, inlets, child } = await startReceiver();
  const residentMb = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child().pid}/status`, 'utf8'))![1]) / 1024;
  // 16 messages of 8 MB are announced, of each the first chunk is sent.
  const announcements = Buffer.concat(Array<Buffer>(16).fill(videoMessage(8_000_000).subarray(0, 140)));
  const round = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) {
      const [silent, garbled, greedy, wrong] = await Promise.all(
        Array.from({ length: 4 }, () => RtmpPeer.connect(receiver.port)),
      );
      garbled!.send(Buffer.alloc(4000, i));
      greedy!.send(Buffer.concat([HANDSHAKE, announcements]));
      wrong!.send(greeting('door', 'vod'));
      await Promise.all([garbled!.closed, greedy!.closed, wrong!.closed]);
      silent!.end();
    }
  };
  await round();
  const beforeMb = residentMb();
  for (let i = 0; i < 4; i++) await round();
  const grownMb = residentMb() - beforeMb;
  process.stderr.write(
    `receiver: ${beforeMb.toFixed(0)} MB, ${grownMb.toFixed(1)} MB more after 800 bad ones\n`,
  );
  expect(grownMb).toBeLessThan(24);
  expect(inlets.door!.holds).toEqual([]);
});
