import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { loadNodeAv } from '../../src/streams/decode/load-node-av.js';
import type { SourcePolicy } from '../../src/streams/policy/source-policy.js';
import { countConnections, countPackets } from '../fixtures/counting-listener.js';
import { decodeAll, fileOptions } from '../fixtures/decode.js';
import { listenOnLoopback } from '../fixtures/listen.js';
import { LOOPBACK, requestPolicy } from '../fixtures/request-policy.js';

/** Where the server of a stranger is, which a request may name. What it leads to, on 127.0.0.1 and ::1, is forbidden. */
const STRANGER = '127.0.0.2';

const strict = requestPolicy({ allowAddresses: [STRANGER] });

/** What a control is opened with: the forbidden address allowed, or no policy at all. */
const CONTROLS = { allowed: requestPolicy({ allowAddresses: [...LOOPBACK] }), operator: null } as const;

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

/** Ports of this machine where nobody may come. */
interface Victims {
  /** `text` with the ports in the places of TCP, TCP6 and UDP. */
  readonly at: (text: string) => string;
  readonly numVisits: () => number;
}

async function victims(): Promise<Victims> {
  const all = await Promise.all([countConnections(), countConnections('::1'), countPackets()]);
  closing.push(...all.map(({ close }) => close));
  const [tcp, tcp6, udp] = all.map(({ port }) => String(port));
  return {
    at: (text) => text.replaceAll('TCP6', tcp6!).replaceAll('TCP', tcp!).replaceAll('UDP', udp!),
    numVisits: () => all.reduce((sum, each) => sum + each.count(), 0),
  };
}

async function serveAsStranger(listener: RequestListener): Promise<string> {
  const { port, close } = await listenOnLoopback(createServer(listener), STRANGER);
  closing.push(close);
  return `http://${STRANGER}:${port}`;
}

/** What a source ends with. */
async function outcomeOf(url: string, policy: SourcePolicy | null): Promise<string> {
  const options = fileOptions(url, { policy, connectTimeoutMs: 8000, readTimeoutMs: 8000 });
  return (await decodeAll(options)).error?.code ?? 'no error';
}

/**
 * Nobody comes while the policy holds; somebody does where the control does without it, so the listener would have counted.
 * @param control null where nothing could come: a file, an address that is not of this machine
 */
async function expectNoVisit(
  url: string,
  { numVisits }: Victims,
  control: keyof typeof CONTROLS | null,
  code = 'ERR_SOURCE_FORBIDDEN',
): Promise<void> {
  expect(await outcomeOf(url, strict), url).toBe(code);
  expect(numVisits(), url).toBe(0);
  if (control === null) return;
  await outcomeOf(url, CONTROLS[control]);
  expect(numVisits(), `${url} without the policy`).toBeGreaterThan(0);
}

describe.concurrent('a source at a forbidden address', () => {
  test.each([
    ...['http://localhost:TCP/', 'https://localhost:TCP/live.m3u8', 'rtsp://localhost:TCP/live'],
    ...['rtsps://localhost:TCP/live', 'rtmp://localhost:TCP/live/key', 'rtmps://localhost:TCP/live/key'],
    'srt://localhost:UDP',
  ])('by a name: %s', async (form) => {
    const there = await victims();
    await expectNoVisit(there.at(form), there, 'allowed');
  });

  test.each([
    ...['http://127.0.0.1:TCP/', 'http://0x7f.1:TCP/', 'rtsp://2130706433:TCP/', 'rtmp://0177.0.0.1:TCP/a/b'],
    ...['rtsp://[::ffff:127.0.0.1]:TCP/', 'http://[::1]:TCP6/a.mp4', 'srt://0x7f000001:UDP'],
  ])('by a form of its address: %s', async (form) => {
    const there = await victims();
    await expectNoVisit(there.at(form), there, 'allowed');
  });
});

describe.concurrent('a server that redirects', () => {
  test.each([
    ['to this machine', 'http://127.0.0.1:TCP/', 'allowed'],
    ['to this machine by a name, over TLS', 'https://localhost:TCP/', 'allowed'],
    ['to the metadata of a cloud', 'http://169.254.169.254/latest/meta-data/', null],
    ['to a file', 'file:///etc/passwd', null],
    ['to bare TCP', 'tcp://127.0.0.1:TCP', null],
  ] as const)('%s', async (_, location, control) => {
    const there = await victims();
    const url = await serveAsStranger((request, response) => {
      const to = request.url === '/first' ? '/second' : there.at(location);
      response.writeHead(302, { location: to }).end();
    });
    await expectNoVisit(`${url}/first`, there, control);
  });

  test('in RTSP', async () => {
    const there = await victims();
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        const request = bytes.toString();
        const sequence = /CSeq: (\d+)/.exec(request)?.[1];
        const location = there.at('rtsp://127.0.0.1:TCP/live');
        const line = request.startsWith('OPTIONS') ? '200 OK' : `302 Moved\r\nLocation: ${location}`;
        socket.write(`RTSP/1.0 ${line}\r\nCSeq: ${sequence}\r\n\r\n`);
      });
    });
    const { port, close } = await listenOnLoopback(server, STRANGER);
    closing.push(close);
    const url = `rtsp://${STRANGER}:${port}/live`;
    await expectNoVisit(url, there, null);
    // Left to itself, FFmpeg goes where it is told.
    const av = await loadNodeAv();
    av.Log.setLevel(av.AV_LOG_QUIET);
    const context = new av.FormatContext();
    await context.openInput(url, null, av.Dictionary.fromObject({ rtsp_transport: 'tcp' }));
    expect(there.numVisits()).toBeGreaterThan(0);
  });
});

describe.concurrent('a playlist that leads', () => {
  const MASTER = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1';
  const SEGMENT = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n';
  const withTag = (tag: string): string =>
    `#EXTM3U\n#EXT-X-TARGETDURATION:2\n${tag}\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n`;

  test.each([
    ['to a segment', `${SEGMENT}http://127.0.0.1:TCP/a.ts\n#EXT-X-ENDLIST\n`, 'allowed'],
    ['to a segment over TLS', `${SEGMENT}https://localhost:TCP/a.ts\n#EXT-X-ENDLIST\n`, 'allowed'],
    ['to a variant', `${MASTER}\nhttp://127.0.0.1:TCP/a.m3u8\n`, 'allowed'],
    ['to a key', withTag('#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1:TCP/key"'), 'allowed'],
    ['to a map', withTag('#EXT-X-MAP:URI="http://127.0.0.1:TCP/init.mp4"'), 'allowed'],
    // FFmpeg opens the playlists in a playlist by any protocol that HTTP itself needs.
    ['to a variant over bare TCP', `${MASTER}\ntcp://127.0.0.1:TCP\n`, 'operator'],
    [
      'to a rendition over bare TCP, in disguise',
      `${MASTER},AUDIO="a"\na.m3u8\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="t\\cp://127.0.0.1:TCP"\n`,
      'operator',
    ],
    ['to a file', `${SEGMENT}file:///etc/passwd.ts\n`, null],
    ['to data', `${MASTER}\ndata:text/plain,%23EXTM3U\n`, null],
    ['to a joined file', `${SEGMENT}concat:/etc/passwd|/etc/hosts\n`, null],
  ] as const)('%s', async (_, playlist, control) => {
    const there = await victims();
    const url = await serveAsStranger((request, response) => {
      if (request.url !== '/live.m3u8') response.writeHead(404).end();
      else response.setHeader('content-type', 'application/vnd.apple.mpegurl').end(there.at(playlist));
    });
    await expectNoVisit(`${url}/live.m3u8`, there, control);
  });

  test.each([
    ['/listen.pls', '[playlist]\nFile1=http://127.0.0.1:TCP/\n'],
    ['/listen.m3u', '#EXTM3U\nhttp://127.0.0.1:TCP/\n'],
    ['/listen.m3u', 'http://localhost:TCP/\n'],
  ])('as a list of radio stations: %s, %s', async (path, list) => {
    const there = await victims();
    const url = await serveAsStranger((_, response) => response.end(there.at(list)));
    await expectNoVisit(`${url}${path}`, there, 'allowed');
  });

  test('to a part of a file: an address like any other', async () => {
    const asked: string[] = [];
    const there = await victims();
    const url = await serveAsStranger((request, response) => {
      asked.push(request.url ?? '');
      response.end(`${SEGMENT}subfile,,start,0,end,9,,:/etc/passwd.ts\n#EXT-X-ENDLIST\n`);
    });
    await expectNoVisit(`${url}/live.m3u8`, there, null, 'ERR_SOURCE_NOT_MEDIA');
    expect(asked).toContain('/subfile,,start,0,end,9,,:/etc/passwd.ts');
  });

  test('to bare TCP, hidden among the words of a radio station', async () => {
    const there = await victims();
    const hidden = [...there.at(`${MASTER}\ntcp://127.0.0.1:TCP\n`)].join('\0');
    const url = await serveAsStranger((_, response) => {
      const headers = { 'icy-metaint': '1', 'content-type': 'application/vnd.apple.mpegurl' };
      response.writeHead(200, headers).end(hidden);
    });
    await expectNoVisit(`${url}/live.m3u8`, there, 'operator', 'ERR_SOURCE_NOT_MEDIA');
  });
});
