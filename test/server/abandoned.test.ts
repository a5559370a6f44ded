import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { configSchema, type ConfigInput } from '../../src/core/config.js';
import { ServerMetrics } from '../../src/server/metrics/server-metrics.js';
import type { Session } from '../../src/server/session/session.js';
import { StreamRegistry } from '../../src/server/session/stream-registry.js';
import { ToldSender, WEBM } from '../streams/push/told-sender.js';
import { VirtualTime } from '../streams/push/virtual-time.js';
import { FakeEngine } from './fake-engine.js';
import { FakeInput } from './fake-input.js';
import { FakeSink } from './fake-sink.js';

const MINUTE_MS = 60_000;

/** The streams of a server, in a time that passes when the test says so. */
class Bench {
  readonly time = new VirtualTime();
  readonly inputs: FakeInput[] = [];
  readonly sessions = new Map<string, Session>();
  readonly metrics = new ServerMetrics(
    {
      streamsByState: () => new Map(),
      numWaitingSegments: () => 0,
      queueDepths: () => ({ visual: 0, audio: 0 }),
      numSubscribers: () => 0,
      numRtmpConnections: () => ({ publishing: 0, all: 0 }),
    },
    { quantileMs: () => 0 } as never,
  );
  readonly registry: StreamRegistry;

  constructor(config: ConfigInput = {}) {
    const { time: scheduler, metrics, inputs } = this;
    const parts = {
      openInput: (options: FakeInput['options'], deps?: { readonly pushed: FakeInput['pushed'] }) => {
        const input = new FakeInput(options, deps?.pushed);
        // As a decode child does, it ends with what was pushed to it.
        deps?.pushed?.on('end', () => input.end()).resume();
        inputs.push(input);
        return input;
      },
      engine: new FakeEngine(),
      clock: { nowMs: () => scheduler.now() },
      scheduler,
      random: () => 0.5,
    };
    const log = pino({ level: 'silent' });
    this.registry = new StreamRegistry(
      { config: configSchema.parse(config), parts, metrics, log },
      this.sessions,
    );
  }

  add(origin: 'request' | 'operator' = 'request', url = 'push:'): Session {
    return this.registry.add('cam', url, origin);
  }

  get isThere(): boolean {
    return this.sessions.has('cam');
  }

  /** Lets time pass, and what follows from it happen. */
  async pass(ms: number): Promise<void> {
    this.time.pass(ms);
    await nextTurn();
    await nextTurn();
  }
}

describe('a stream that a request made to be pushed', () => {
  it('is removed when nobody has come for ten minutes; its readers are told', async () => {
    const bench = new Bench();
    const session = bench.add();
    const sink = new FakeSink(true);
    session.subscribe(sink, null);
    await bench.pass(10 * MINUTE_MS - 1);
    expect([bench.isThere, sink.ended]).toEqual([true, null]);
    await bench.pass(1);
    expect(bench.isThere).toBe(false);
    const detail = 'nobody has pushed anything for 600 s';
    expect(sink.messages.at(-1)).toEqual({ type: 'status', state: 'ended', code: null, detail });
    expect(sink.ended).toEqual({ type: 'end', reason: 'abandoned' });
    expect(() => session.inlet.begin(WEBM, new ToldSender())).toThrow('the stream was removed');
    expect(await bench.metrics.render()).toContain('evoked_abandoned_streams_total 1');
  });

  it('is kept while a sender sends, and ten minutes longer', async () => {
    const bench = new Bench();
    const sender = bench.add().inlet.begin(WEBM, new ToldSender());
    for (let minute = 0; minute < 30; minute += 0.1) {
      sender.write(Buffer.of(1));
      await bench.pass(0.1 * MINUTE_MS);
    }
    sender.lose();
    // The place of a lost connection is kept for ten seconds.
    await bench.pass(10_000);
    expect(bench.inputs.map(({ isOpen }) => isOpen)).toEqual([false]);
    await bench.pass(10 * MINUTE_MS - 1);
    expect(bench.isThere).toBe(true);
    await bench.pass(1);
    expect(bench.isThere).toBe(false);
  });

  it('counts from when what was sent is scored', async () => {
    const bench = new Bench();
    const sender = bench.add().inlet.begin(WEBM, new ToldSender());
    await nextTurn();
    bench.inputs[0]?.pushed?.pause();
    sender.write(Buffer.of(1));
    sender.end();
    await bench.pass(15 * MINUTE_MS);
    expect([bench.isThere, bench.registry.get('cam').status.state]).toEqual([true, 'connecting']);
    bench.inputs[0]?.pushed?.resume();
    await bench.pass(0);
    expect(bench.registry.get('cam').status.state).toBe('ended');
    await bench.pass(10 * MINUTE_MS);
    expect(bench.isThere).toBe(false);
  });

  it('begins to count anew with the next sender, and with whoever asks for it', async () => {
    const bench = new Bench();
    const session = bench.add();
    await bench.pass(9 * MINUTE_MS);
    session.inlet.begin(WEBM, new ToldSender()).end();
    await bench.pass(9 * MINUTE_MS);
    expect(session.status.state).toBe('ended');
    session.restart();
    await bench.pass(10 * MINUTE_MS - 1);
    expect(bench.isThere).toBe(true);
    await bench.pass(1);
    expect(bench.isThere).toBe(false);
  });

  it('is kept while somebody is connected to it who sends nothing', async () => {
    const bench = new Bench();
    const leave = bench.add().attend(() => undefined);
    await bench.pass(60 * MINUTE_MS);
    leave();
    await bench.pass(10 * MINUTE_MS - 1);
    expect(bench.isThere).toBe(true);
    await bench.pass(1);
    expect(bench.isThere).toBe(false);
  });

  it('leaves room for others: a thousand of them are never more than the server may run', async () => {
    const bench = new Bench({ maxStreams: 20, ingest: { abandonSeconds: 10 } });
    for (let i = 0; i < 1000; i++) {
      bench.registry.add(`cam${i}`, 'push:', 'request');
      await bench.pass(1000);
      expect(bench.sessions.size).toBeLessThanOrEqual(10);
    }
    await bench.pass(10_000);
    expect([bench.sessions.size, bench.time.actions.length]).toEqual([0, 0]);
  });

  it('is removed by no count of its old source once it has another one', async () => {
    const bench = new Bench();
    bench.add();
    bench.registry.change('cam', 'film:1');
    await bench.pass(60 * MINUTE_MS);
    expect(bench.isThere).toBe(true);
    bench.registry.change('cam', 'push:');
    await bench.pass(10 * MINUTE_MS);
    expect(bench.isThere).toBe(false);
  });
});

describe('nothing is removed', () => {
  it.each<[string, ConfigInput, 'request' | 'operator', string]>([
    ['that the operator made', {}, 'operator', 'push:'],
    ['that opens its source itself', {}, 'request', 'film:1'],
    ['where the settings say never', { ingest: { abandonSeconds: 0 } }, 'request', 'push:'],
  ])('%s', async (_, config, origin, url) => {
    const bench = new Bench(config);
    const session = bench.add(origin, url);
    if (url === 'push:') session.inlet.begin(WEBM, new ToldSender()).end();
    await bench.pass(24 * 60 * MINUTE_MS);
    expect(bench.isThere).toBe(true);
    session.close('removed');
  });
});
