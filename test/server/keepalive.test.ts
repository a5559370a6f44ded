import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { Keepalive } from '../../src/server/delivery/keepalive.js';
import { VirtualTime } from '../streams/push/virtual-time.js';

/** A WebSocket that counts, and says nothing by itself. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  isPaused = false;
  numPings = 0;
  isCut = false;

  ping(): void {
    this.numPings += 1;
  }

  terminate(): void {
    this.isCut = true;
  }
}

class Bench {
  readonly time = new VirtualTime();
  readonly sockets: FakeSocket[] = [];
  numRounds = 0;
  readonly keepalive = new Keepalive(
    () => this.sockets as unknown as WebSocket[],
    15_000,
    this.time,
    () => (this.numRounds += 1),
  );

  connect(): FakeSocket {
    const socket = new FakeSocket();
    this.keepalive.watch(socket as unknown as WebSocket);
    this.sockets.push(socket);
    return socket;
  }
}

it('cuts off who has not answered a ping by the next one, and nobody else', () => {
  const bench = new Bench();
  const [deaf, answering, talking] = [bench.connect(), bench.connect(), bench.connect()];
  for (let round = 1; round <= 4; round++) {
    bench.time.pass(15_000);
    answering.emit('pong');
    talking.emit('message');
  }
  expect([deaf, answering, talking].map(({ isCut }) => isCut)).toEqual([true, false, false]);
  expect([deaf.numPings, answering.numPings, talking.numPings]).toEqual([1, 4, 4]);
  expect(bench.numRounds).toBe(4);
});

it('leaves alone who is not read, since nothing that it answers would be heard', () => {
  const bench = new Bench();
  const socket = bench.connect();
  socket.isPaused = true;
  bench.time.pass(60_000);
  expect([socket.numPings, socket.isCut]).toEqual([0, false]);
});

it('pings nobody once it is stopped', () => {
  const bench = new Bench();
  const socket = bench.connect();
  bench.keepalive.stop();
  bench.time.pass(60_000);
  expect([socket.numPings, bench.numRounds, bench.time.actions.length]).toEqual([0, 0, 0]);
});
