import { createServer as createNetServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { configSchema, type ConfigInput } from '../../src/core/config.js';
import { steadyScheduler } from '../../src/core/steady-scheduler.js';
import { createServer } from '../../src/server/create-server.js';
import { FakeEngine } from './fake-engine.js';
import { FakeInput } from './fake-input.js';
import { SocketClient, refusal } from './socket-client.js';
import { startTestServer } from './test-server.js';

describe('a server', () => {
  it('tells its subscribers when it closes, frees everything, and may be closed twice', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    const client = new SocketClient(`${test.baseUrl}/v1/streams/door/scores`);
    const watcher = new SocketClient(`${test.baseUrl}/v1/streams/door/preview`);
    const events = await test.fetch('/v1/streams/door/scores', { headers: { accept: 'text/event-stream' } });
    await client.until(({ texts }) => texts.length > 0);
    test.opened().feed(1);
    await client.until(({ ordered }) => ordered.length >= 2);
    await Promise.all([test.server.close(), test.server.close()]);
    await Promise.all([client.closed(), watcher.closed()]);
    expect(client.messages.at(-1)).toEqual({ type: 'end', reason: 'shutdown' });
    expect([client.closeCode, watcher.closeCode]).toEqual([1001, 1001]);
    expect((await events.text()).trimEnd().split('\n').at(-1)).toBe(
      'data: {"type":"end","reason":"shutdown"}',
    );
    expect(test.inputs.map(({ isOpen }) => isOpen)).toEqual([false]);
    expect(test.engine.scorers.map(({ isClosed }) => isClosed)).toEqual([true]);
    expect(test.engine.isClosed).toBe(true);
    await expect(test.fetch('/healthz')).rejects.toThrow();
    await test.server.close();
  });

  it('takes nothing new while it closes', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    const client = new SocketClient(`${test.baseUrl}/v1/streams/door/scores`);
    await client.until(({ texts }) => texts.length > 0);
    // A client that does not answer the close keeps the server draining for a while.
    client.socket.pause();
    const closing = test.server.close();
    const answer = await test.fetch('/readyz');
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'ERR_SERVER_CLOSING' }]);
    expect(await refusal(`${test.baseUrl}/v1/streams/door/scores`)).toMatchObject({ status: 503 });
    await closing;
  });

  it('says so when the port is taken, and frees the engine', async () => {
    const taken = createNetServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const { engine, starting } = start({ port });
    await expect(starting).rejects.toMatchObject({ code: 'ERR_SERVER_ADDRESS' });
    expect(engine.isClosed).toBe(true);
  });

  it.each([
    ['0.0.0.0', ''],
    ['::', ''],
    ['192.0.2.1', ''],
    ['some-name', ''],
  ])('does not open %s without a token', async (host, token) => {
    const { engine, starting } = start({ host, token });
    await expect(starting).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    expect(engine.isClosed).toBe(true);
  });

  it.each(['/nowhere/at/all', import.meta.filename])('does not start with %s for files', async (folder) => {
    const { engine, starting } = start({ source: { filesFolder: folder } });
    await expect(starting).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringContaining('--files-folder') as string,
    });
    expect(engine.isClosed).toBe(true);
  });

  it('warns of sources that listen without a passphrase, and of no other', async () => {
    const test = await startTestServer({
      sources: {
        cam: 'udp://0.0.0.0:5000',
        here: 'srt://127.0.0.1:9000?mode=listener',
        closed: 'srt://0.0.0.0:9001?mode=listener&passphrase=0123456789',
        door: 'film:1',
      },
      source: { allowOpenListeners: true },
    });
    const lines = test.log.map((line) => JSON.parse(line) as { level: number; stream: string; msg: string });
    expect(lines.filter(({ level }) => level === 40)).toMatchObject([
      { stream: 'cam', msg: expect.stringContaining('ANYBODY who reaches 0.0.0.0') as string },
      { stream: 'here', msg: expect.stringContaining('any program of this machine') as string },
    ]);
  });

  it('opens other addresses with a token', async () => {
    const test = await startTestServer({ host: '0.0.0.0', token: 'a-token-of-20-letters' });
    const answer = await fetch(`http://127.0.0.1:${test.server.port}/v1/streams`, {
      headers: { authorization: 'Bearer a-token-of-20-letters', host: 'anything.example' },
    });
    expect(answer.status).toBe(200);
  });

  it('starts the sources of its settings, and nothing where one is wrong', async () => {
    const test = await startTestServer({ sources: { door: 'film:1', hall: 'film:2' } });
    expect(test.inputs.map(({ options }) => options.url)).toEqual(['film:1', 'film:2']);
    const { engine, inputs, starting } = start({ sources: { door: 'film:1', hall: 'gopher://x' } });
    await expect(starting).rejects.toMatchObject({ code: 'ERR_SOURCE_URL' });
    expect(engine.isClosed).toBe(true);
    expect(inputs.every(({ isOpen }) => !isOpen)).toBe(true);
  });

  it('cuts off a subscriber that answers no ping', async () => {
    const test = await startTestServer({}, { keepaliveMs: 20 });
    test.server.addStream('door', 'film:1');
    const deaf = new SocketClient(`${test.baseUrl}/v1/streams/door/scores`, [], { autoPong: false });
    await deaf.closed();
    expect(deaf.closeCode).toBe(1006);
  });
});

function start(config: ConfigInput): { engine: FakeEngine; inputs: FakeInput[]; starting: Promise<unknown> } {
  const engine = new FakeEngine();
  const inputs: FakeInput[] = [];
  const starting = createServer(configSchema.parse({ port: 0, logLevel: 'silent', ...config }), {
    engine,
    openInput: (options) => {
      const input = new FakeInput(options);
      inputs.push(input);
      return input;
    },
    clock: systemClock,
    scheduler: steadyScheduler,
  });
  return { engine, inputs, starting };
}
