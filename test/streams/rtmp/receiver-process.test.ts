import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { expect, test, vi } from 'vitest';
import type { EvokedError } from '../../../src/core/errors.js';
import { MEMORY_LOOK_MS } from '../../../src/streams/child/memory-guard.js';
import { ReceiverProcess, type ReceiverChild } from '../../../src/streams/rtmp/receiver-process.js';
import { encodeReply, type ReceiverReply } from '../../../src/streams/rtmp/receiver-wire.js';
import { unstartedChild } from '../../fixtures/unstarted-child.js';

const RECEIVER = {
  host: '127.0.0.1',
  port: 0,
  maxStrangers: 8,
  maxConnections: 24,
  greetingTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
};

const MEBIBYTE = 1024 * 1024;

function run(child: ReceiverChild, residentBytes: () => number | null = () => null) {
  const scheduler = new VirtualTimeScheduler();
  const lost: EvokedError[] = [];
  const receiver = new ReceiverProcess({
    receiver: RECEIVER,
    watchdogMs: 1000,
    memoryLimitMb: 100,
    scheduler,
    spawn: () => child,
    residentBytesOf: residentBytes,
    onReply: () => undefined,
    onLost: (error) => lost.push(error),
  });
  return { receiver, scheduler, lost };
}

test('one that cannot be started is lost, later and once, and nothing is killed', async () => {
  const { child, kill } = unstartedChild();
  const { receiver, scheduler, lost } = run(child);
  expect(lost).toEqual([]);
  await receiver.exited;
  expect(lost).toHaveLength(1);
  expect(lost[0]).toMatchObject({
    code: 'ERR_INGEST_RECEIVER',
    message: expect.stringContaining('cannot be started: spawn EMFILE') as string,
  });
  receiver.stop();
  scheduler.flush();
  child.emit('error', new Error('kill EPERM'));
  expect(lost).toHaveLength(1);
  expect(kill).not.toHaveBeenCalled();
});

test('one that ends says what it printed last', async () => {
  const { child, stderr } = startedChild();
  const { receiver, lost } = run(child);
  stderr.write('FATAL ERROR: out of memory\n');
  await nextTurn();
  child.emit('exit', null, 'SIGABRT');
  child.emit('close', null, 'SIGABRT');
  await receiver.exited;
  expect(lost.map(({ message }) => message)).toEqual([
    expect.stringContaining('got SIGABRT and "FATAL ERROR: out of memory"'),
  ]);
});

test.each([
  ['as the system tells', (bytes: number) => ({ system: bytes, told: 0 })],
  ['as it says itself, where the system does not tell', (bytes: number) => ({ system: null, told: bytes })],
])('one that takes too much memory, %s, is killed', async (_, say) => {
  const { child, stdout, kill } = startedChild();
  let said = say(100 * MEBIBYTE);
  const { scheduler, lost } = run(child, () => said.system);
  const look = async (): Promise<void> => {
    stdout.write(encodeReply({ ...STATUS, residentBytes: said.told }));
    await nextTurn();
    scheduler.maxFrames = scheduler.frame + MEMORY_LOOK_MS;
    scheduler.flush();
  };
  await look();
  expect(lost).toEqual([]);
  said = say(101 * MEBIBYTE);
  await look();
  expect(lost).toMatchObject([{ code: 'ERR_INGEST_RECEIVER' }]);
  expect(lost[0]?.message).toContain('101 MB of memory, more than the 100 allowed');
  expect(kill.mock.calls).toEqual([['SIGKILL']]);
  await look();
  expect(lost).toHaveLength(1);
});

const STATUS = {
  type: 'status',
  numConnections: 0,
  closed: { refused: 0, malformed: 0, timeout: 0, crowded: 0, idle: 0 },
} as const satisfies Partial<ReceiverReply>;

function startedChild() {
  const pipes = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const kill = vi.fn();
  const state = { pid: 4711, exitCode: null, signalCode: null };
  const child = Object.assign(new EventEmitter(), { ...pipes, ...state, kill });
  return { ...pipes, kill, child: child as unknown as ReceiverChild };
}
