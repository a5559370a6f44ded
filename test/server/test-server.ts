import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { configSchema, type ConfigInput } from '../../src/core/config.js';
import { steadyScheduler } from '../../src/core/steady-scheduler.js';
import { createServer, type ServerOptions } from '../../src/server/create-server.js';
import type { EvokedServer } from '../../src/server/evoked-server.js';
import { FakeEngine } from './fake-engine.js';
import { FakeInput } from './fake-input.js';

/** A server on a free port whose inputs and engine are the test's. */
export interface TestServer {
  readonly server: EvokedServer;
  readonly engine: FakeEngine;
  /** Every connection that was opened, oldest first. */
  readonly inputs: FakeInput[];
  /** Lines of the log. */
  readonly log: string[];
  readonly baseUrl: string;
  /** The newest connection, opened. */
  opened(): FakeInput;
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** Quick to reconnect, and with the addresses of documentation for requests to name. */
const SOURCE = { backoffInitialMs: 1, backoffMaxMs: 2, allowAddresses: ['192.0.2.0/24'] };

export async function startTestServer(
  config: ConfigInput = {},
  options: ServerOptions = {},
): Promise<TestServer> {
  const engine = new FakeEngine();
  const inputs: FakeInput[] = [];
  const log: string[] = [];
  const server = await createServer(
    configSchema.parse({ port: 0, source: SOURCE, ...config }),
    {
      engine,
      openInput: (inputOptions, deps) => {
        const input = new FakeInput(inputOptions, deps?.pushed);
        inputs.push(input);
        return input;
      },
      clock: systemClock,
      scheduler: steadyScheduler,
      random: () => 0.5,
    },
    { log: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }), ...options },
  );
  onTestFinished(() => server.close());
  const baseUrl = server.address;
  return {
    server,
    engine,
    inputs,
    log,
    baseUrl,
    opened() {
      const input = inputs.at(-1);
      if (input === undefined) throw new Error('no input was opened');
      input.open();
      return input;
    },
    fetch: (path, init) => fetch(baseUrl + path, init),
  };
}

/** JSON request with a body. */
export function json(method: string, body: unknown): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
