import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { segmentsOfFile } from '../fixtures/file-segments.js';
import { addPushed, startIngestServer } from '../fixtures/ingest-server.js';
import { muxMedia, temporaryFolder } from '../fixtures/media.js';
import { ScoreSocket } from '../fixtures/score-socket.js';

/** Runs an example to its end and returns what it printed. */
async function runExample(name: string, args: readonly string[], stdin?: string): Promise<string> {
  const { code, stdout } = await outcomeOf(name, args, stdin);
  expect(code).toBe(0);
  return stdout;
}

async function outcomeOf(
  name: string,
  args: readonly string[],
  stdin?: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (stdin === undefined) child.stdin.end();
  else createReadStream(stdin).pipe(child.stdin);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

/** A network before a server that breaks every connection once: after `afterBytes` of the first WebSocket. */
async function shakyNetwork(
  port: number,
  afterBytes: number,
): Promise<{ url: string; numBreaks: () => number }> {
  let numBreaks = 0;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    let numBytes = 0;
    near.on('data', (data) => {
      numBytes += data.length;
      if (numBreaks > 0 || numBytes < afterBytes) return;
      numBreaks += 1;
      near.destroy();
      far.destroy();
    });
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, numBreaks: () => numBreaks };
}

function reader(baseUrl: string): ScoreSocket {
  const socket = new ScoreSocket(baseUrl, 'cam', '?since=-1:-1');
  onTestFinished(() => socket.close());
  return socket;
}

const frames = (segments: readonly { seq: number; frame: Uint8Array | null }[]): unknown[] =>
  segments.map(({ seq, frame }) => [seq, frame && Buffer.from(frame).toString('base64')]);

it('push-node.js pushes what a program writes, over a connection that breaks on the way', async () => {
  const path = join(temporaryFolder(), 'program.ts');
  await muxMedia({ seconds: 2, texture: true, keyIntervalFrames: 25 }, { address: path });
  const wanted = await segmentsOfFile(path);
  const { server, baseUrl, segments } = await startIngestServer();
  await addPushed(baseUrl, 'cam');
  const scores = reader(baseUrl);
  const { url, numBreaks } = await shakyNetwork(server.port, 60_000);
  const args = ['--url', url, '--stream', 'cam', '--container', 'mpegts'];
  expect(await runExample('push-node.js', args, path)).toMatch(/^pushed \d{5,} bytes into cam\n$/);
  await scores.find(({ type }) => type === 'end');
  expect(numBreaks()).toBe(1);
  expect(frames(segments())).toEqual(frames(wanted));
  expectWireRules(scores.messages);
});

it('push-node.js says in one line what is wrong, and leaves no stream behind', async () => {
  const folder = temporaryFolder();
  const ordinary = join(folder, 'film.mp4');
  await muxMedia({ seconds: 1 }, { address: ordinary });
  const garbage = join(folder, 'garbage.webm');
  await writeFile(garbage, Buffer.alloc(8_000_000, 'no media'));
  const { baseUrl } = await startIngestServer();
  const nowhere = 'http://127.0.0.1:1';
  const runs = await Promise.all(
    [
      [baseUrl, 'a', 'webm', join(folder, 'none.webm')],
      [baseUrl, 'b', 'mp4', ordinary],
      [nowhere, 'c', 'webm', garbage],
      [baseUrl, 'd', 'webm', garbage],
    ].map(([url = '', stream = '', container = '', path = '']) =>
      outcomeOf('push-node.js', ['--url', url, '--stream', stream, '--container', container, path]),
    ),
  );
  expect(runs.slice(0, 3)).toMatchObject([
    { code: 1, stderr: expect.stringMatching(/^.*none\.webm cannot be read: ENOENT\n$/) as string },
    {
      code: 1,
      stderr: expect.stringMatching(/^.* no fragmented MP4.*ffmpeg -i .*frag_keyframe.*\n$/) as string,
    },
    { code: 1, stderr: expect.stringMatching(/^no server at http:\/\/127\.0\.0\.1:1: .*\n$/) as string },
  ]);
  expect(runs[3]).toMatchObject({ code: 1, stderr: expect.stringMatching(/^ERR_SOURCE_.*\n$/) as string });
  expect(await (await fetch(`${baseUrl}/v1/streams`)).json()).toEqual([]);
});

it('push-raw.js makes its stream and pushes pictures and a tone into it', async () => {
  const { baseUrl, segments } = await startIngestServer();
  const args = ['--url', baseUrl, '--stream', 'cam', '--seconds', '1.5'];
  expect(await runExample('push-raw.js', args)).toBe('pushed 18 pictures into cam\n');
  const scores = reader(baseUrl);
  await scores.find(({ type }) => type === 'end');
  expectWireRules(scores.messages);
  expect(segments().map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  // Grey, with a lighter square in the middle row that no two segments have at the same place.
  const rows = segments().map(({ frame }) => Buffer.from(frame!).toString('hex', 112 * 672, 113 * 672));
  expect(new Set(rows).size).toBe(9);
  expect(segments().every(({ audio }) => audio !== null && Math.max(...audio) > 0.2)).toBe(true);
});
