import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { getPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processEntry } from '../../src/core/process-entry.js';
import { spawnDecodeChild } from '../../src/streams/decode/child-process.js';
import { childrenOf, decodeChildren } from '../fixtures/decode-children.js';
import { fileOptions } from '../fixtures/decode.js';
import { makeMp4 } from '../fixtures/media.js';

/** Of what a decode child has open, what no other process is to have. */
const SHAREABLE = /^socket:|^pipe:|^\//;

/** A process that holds much open, inherited some of it, and starts a decode child and a receiver of RTMP. */
const SERVER = `
  import { openSync } from 'node:fs';
  import { createServer } from 'node:net';
  import { openDecodeProcess } from ${JSON.stringify(processEntry('streams/decode/decode-process'))};
  import { ReceiverProcess } from ${JSON.stringify(processEntry('streams/rtmp/receiver-process'))};
  openSync(process.argv[1], 'r');
  createServer().listen(0, '127.0.0.1', () => {
    const { options, receiver } = JSON.parse(process.argv[2]);
    const started = new Set();
    const tell = (name) => started.add(name).size === 2 && console.log('started');
    openDecodeProcess(options).media$.subscribe((event) => {
      if (event.type === 'videoFrame') tell('decode child');
    });
    new ReceiverProcess({ ...receiver, onReply: ({ type }) => tell(type) });
  });`;

// It looks into /proc.
describe.runIf(process.platform === 'linux')('a decode child', () => {
  let serverPid: number;
  let childPid: number;
  let receiverPid: number;
  let stop: () => void;

  beforeAll(async () => {
    const file = await makeMp4({ seconds: 1 });
    const options = fileOptions('film:its-secret', { realTime: true });
    const server = spawn(
      process.execPath,
      ['--input-type=module', '-e', SERVER, file, JSON.stringify({ options, receiver: RECEIVER })],
      {
        // A shell or a service manager may leave such a one open.
        stdio: ['ignore', 'pipe', 'inherit', 'ignore', 'ignore', 'pipe'],
        env: {
          ...process.env,
          EVOKED_TOKEN: 'a-token-of-the-server',
          SSL_CERT_FILE: '/etc/x',
          DISPLAY: ':7',
        },
      },
    );
    stop = () => server.kill('SIGKILL');
    await once(createInterface(server.stdout!), 'line');
    serverPid = server.pid!;
    [childPid = NaN] = decodeChildren(serverPid);
    [receiverPid = NaN] = childrenOf(serverPid, 'streams/rtmp/receiver-main');
  });
  afterAll(() => stop());

  test('sees nothing of the environment', () => {
    const names = readFileSync(`/proc/${childPid}/environ`, 'utf8').split('\0').filter(Boolean);
    expect(names.map((pair) => pair.split('=')[0])).toEqual(
      process.env['LD_LIBRARY_PATH'] === undefined ? [] : ['LD_LIBRARY_PATH'],
    );
  });

  test('has its own descriptors only', () => {
    const [server, child] = [linksOf(serverPid), linksOf(childPid)];
    // The scene is as it is meant to be: a socket that listens, a file, and a pipe from before.
    expect(server[5]).toMatch(/^socket:/);
    expect(server.filter((link) => link?.endsWith('.mp4'))).toHaveLength(1);
    for (const standard of child.slice(0, 3)) expect(standard).toMatch(/^(socket|pipe):/);
    const held = new Set(server.filter((link) => link !== '/dev/null'));
    expect(child.filter((link) => isShareable(link) && held.has(link))).toEqual([]);
    expect(child.slice(3).filter((link) => link?.startsWith('socket:'))).toEqual([]);
  });

  test('has no more of its server than the receiver of RTMP has, which listens', () => {
    const [server, receiver] = [linksOf(serverPid), linksOf(receiverPid)];
    expect(receiver.slice(3).filter((link) => link?.startsWith('socket:'))).toHaveLength(1);
    expect(
      receiver.filter((link) => isShareable(link) && server.includes(link) && link !== '/dev/null'),
    ).toEqual([]);
  });

  test('has nothing of its source on its command line', () => {
    const line = readFileSync(`/proc/${childPid}/cmdline`, 'utf8');
    expect(line).toContain('child-main');
    expect(line).not.toContain('its-secret');
  });

  test('runs below its server, with every thread that it has', () => {
    const threads = readdirSync(`/proc/${childPid}/task`).map(Number);
    expect(threads.length).toBeGreaterThan(5);
    const expected = Math.min(19, getPriority(serverPid) + 5);
    for (const thread of threads) expect(getPriority(thread), `thread ${thread}`).toBe(expected);
  });

  test('begins there, before any code of its own has run', async () => {
    const child = spawnDecodeChild();
    expect(getPriority(child.pid ?? NaN)).toBe(Math.min(19, getPriority() + 5));
    child.kill('SIGKILL');
    await once(child, 'close');
  });
});

/** A receiver on a free port. */
const RECEIVER = {
  receiver: {
    ...{ host: '127.0.0.1', port: 0, maxStrangers: 8, maxConnections: 24 },
    ...{ greetingTimeoutMs: 60_000, idleTimeoutMs: 60_000 },
  },
  watchdogMs: 12_000,
  memoryLimitMb: 512,
};

function isShareable(link: string | undefined): boolean {
  return link !== undefined && SHAREABLE.test(link);
}

/** What each descriptor of a process is, by its number. */
function linksOf(pid: number): (string | undefined)[] {
  const links: (string | undefined)[] = [];
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    try {
      links[Number(descriptor)] = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
    } catch {
      // closed meanwhile
    }
  }
  return links;
}
