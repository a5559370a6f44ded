#!/usr/bin/env node
/**
 * Pushes WebM, MPEG-TS or fragmented MP4 from a file or from standard input into a stream of a running server. The file goes as
 * fast as the server takes it; what comes from a program comes when it comes.
 *
 *   node examples/push-node.js --stream cam --container webm film.webm
 *   ffmpeg -re -i film.mp4 -c copy -f mpegts - | node examples/push-node.js --stream cam --container mpegts
 *
 * The stream is made where there is none, and removed again where pushing into it fails. The token of the server, if it has one, is read from EVOKED_TOKEN. A connection that is
 * lost is taken up again behind the last byte that the server has: what was sent and not acknowledged is kept until then.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8787' },
    stream: { type: 'string', default: 'cam' },
    container: { type: 'string', default: 'webm' },
  },
});
const token = process.env.EVOKED_TOKEN;
const headers = token ? { authorization: `Bearer ${token}` } : {};

/** Bytes that may be under way: a sender that does not wait fills its own memory. */
const MAX_UNACKNOWLEDGED = 1024 * 1024;
const MAX_PIECE = 64 * 1024;
const RETRY_MS = 500;

/** Pieces that the server has not acknowledged, and the byte that the first of them begins at. */
let kept = [];
let keptFrom = 0;
let numBytes = 0;
let resume;
let socket = null;
let isDone = false;
let isMade = false;
let wake = () => undefined;

/** Resolves when the server has taken `start`, or the network let the connection down. */
function connect() {
  return new Promise((resolve) => {
    const address = `${values.url.replace(/^http/, 'ws')}/v1/streams/${values.stream}/ingest`;
    const next = new WebSocket(address, { headers });
    let said = '';
    next.on('open', () => next.send(JSON.stringify({ type: 'start', container: values.container, resume })));
    next.on('unexpected-response', (_request, { statusCode }) => {
      void fail(`the server answered ${statusCode}`);
    });
    next.on('message', (data) => {
      const reply = JSON.parse(data.toString());
      if (reply.type === 'error') said = `${reply.code}: ${reply.message}`;
      else forget(reply.bytes);
      if (reply.type !== 'ready') return;
      resume = reply.resume;
      socket = next;
      for (const piece of kept) next.send(piece);
      resolve();
    });
    next.on('error', () => undefined);
    next.on('close', (code) => {
      // 1006: the network. Everything else is the server's own word, and final.
      if (code !== 1006 && !isDone) return void fail(said || `the server closed the connection (${code})`);
      if (socket === next) socket = null;
      wake();
      resolve();
    });
  });
}

async function fail(message) {
  console.error(message);
  const address = `${values.url}/v1/streams/${values.stream}`;
  if (isMade) await fetch(address, { method: 'DELETE', headers }).catch(() => undefined);
  process.exit(1);
}

/** Fails where the file cannot be pushed: an MP4 only where it consists of fragments, for its index may stand at its end. */
async function checkFile(path) {
  const file = await open(path).catch((error) => fail(`${path} cannot be read: ${error.code}`));
  if ((await file.stat()).isDirectory()) await fail(`${path} is a folder`);
  if (values.container === 'mp4' && !(await isFragmented(file))) {
    const command = `ffmpeg -i ${path} -c copy -movflags frag_keyframe+empty_moov+default_base_moof fragmented.mp4`;
    await fail(`${path} is no fragmented MP4, which is expected: ${command}`);
  }
  await file.close();
}

/** Whether a box `moof` comes before the media (`mdat`) of an MP4. */
async function isFragmented(file) {
  const { size: numBytesOfFile } = await file.stat();
  const head = Buffer.alloc(16);
  for (let at = 0; at + 8 <= numBytesOfFile;) {
    await file.read(head, 0, 16, at);
    const type = head.toString('latin1', 4, 8);
    if (type === 'moof' || type === 'mdat') return type === 'moof';
    const short = head.readUInt32BE(0);
    const numBytesOfBox = short === 1 ? Number(head.readBigUInt64BE(8)) : short;
    if (numBytesOfBox < 8) return false;
    at += numBytesOfBox;
  }
  return false;
}

/** Makes the stream, unless there is one. */
async function makeStream() {
  const answer = await fetch(`${values.url}/v1/streams`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ id: values.stream, push: true }),
  }).catch((error) => fail(`no server at ${values.url}: ${error.cause?.code ?? error.message}`));
  isMade = answer.ok;
  if (answer.ok || answer.status === 409) return;
  const { code, message } = await answer.json().catch(() => ({ code: answer.status, message: 'no stream' }));
  await fail(`${code}: ${message}`);
}

/** The server has everything before this byte. */
function forget(bytes) {
  while (kept.length > 0 && keptFrom + kept[0].length <= bytes) keptFrom += kept.shift().length;
  if (kept.length > 0 && keptFrom < bytes) {
    kept[0] = kept[0].subarray(bytes - keptFrom);
    keptFrom = bytes;
  }
  wake();
}

async function connected() {
  while (socket === null) {
    await connect();
    if (socket === null) await delay(RETRY_MS);
  }
}

async function until(condition) {
  while (!condition()) {
    await connected();
    if (!condition()) await new Promise((resolve) => (wake = resolve));
  }
}

const [path] = positionals;
if (path !== undefined) await checkFile(path);
await makeStream();
await connected();
const input = path === undefined ? process.stdin : createReadStream(path);
for await (const chunk of input) {
  for (let at = 0; at < chunk.length; at += MAX_PIECE) {
    const piece = chunk.subarray(at, at + MAX_PIECE);
    await until(() => numBytes - keptFrom < MAX_UNACKNOWLEDGED);
    kept.push(piece);
    numBytes += piece.length;
    socket?.send(piece);
  }
}
await until(() => keptFrom === numBytes);
await connected();
isDone = true;
socket.send(JSON.stringify({ type: 'stop' }));
// The server has it all, and scores the rest by itself.
socket.close();
console.log(`pushed ${numBytes} bytes into ${values.stream}`);
