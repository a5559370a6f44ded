import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { VirtualTimeScheduler } from 'rxjs';
import { expect, test, vi } from 'vitest';
import type { EvokedError } from '../../../src/core/errors.js';
import { ReceiverProcess, type ReceiverChild } from '../../../src/streams/rtmp/receiver-process.js';
import { unstartedChild } from '../../fixtures/unstarted-child.js';

const RECEIVER = {
  host: '127.0.0.1',
  port: 0,
  maxStrangers: 8,
  maxConnections: 24,
  greetingTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
};

function run(child: ReceiverChild) {
  const scheduler = new VirtualTimeScheduler();
  const lost: EvokedError[] = [];
  const receiver = new ReceiverProcess({
    receiver: RECEIVER,
    watchdogMs: 1000,
    scheduler,
    spawn: () => child,
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
  const stderr = new PassThrough();
  const pipes = { stdin: new PassThrough(), stdout: new PassThrough(), stderr };
  const child = Object.assign(new EventEmitter(), { ...pipes, pid: 4711, kill: vi.fn() });
  const { receiver, lost } = run(child as unknown as ReceiverChild);
  stderr.write('FATAL ERROR: out of memory\n');
  await nextTurn();
  child.emit('exit', null, 'SIGABRT');
  child.emit('close', null, 'SIGABRT');
  await receiver.exited;
  expect(lost.map(({ message }) => message)).toEqual([
    expect.stringContaining('got SIGABRT and "FATAL ERROR: out of memory"'),
  ]);
});
