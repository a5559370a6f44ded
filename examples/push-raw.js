#!/usr/bin/env node
/**
 * Pushes pictures and samples that a program makes itself, without any container: here a square that moves, and a tone that rises.
 *
 *   node examples/push-raw.js --stream raw --seconds 10
 *
 * Every message is a kind (1 video, 2 audio), its time in µs, and the bytes; times are the sender's own and start where it likes.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8787' },
    stream: { type: 'string', default: 'raw' },
    seconds: { type: 'string', default: '10' },
  },
});
const token = process.env.EVOKED_TOKEN;
const headers = token ? { authorization: `Bearer ${token}` } : {};

const [WIDTH, HEIGHT, RATE_HZ, SAMPLE_RATE_HZ] = [320, 180, 12, 16_000];
const SAMPLES_PER_PICTURE = Math.floor(SAMPLE_RATE_HZ / RATE_HZ);

function message(kind, ptsUs, payload) {
  const head = Buffer.alloc(9);
  head.writeUInt8(kind, 0);
  head.writeBigInt64LE(BigInt(Math.round(ptsUs)), 1);
  return Buffer.concat([head, payload]);
}

function picture(index) {
  const rgb = Buffer.alloc(WIDTH * HEIGHT * 3, 32);
  const left = (index * 8) % (WIDTH - 60);
  for (let y = 60; y < 120; y++) rgb.fill(220, (y * WIDTH + left) * 3, (y * WIDTH + left + 60) * 3);
  return rgb;
}

function tone(firstSample) {
  const pcm = Buffer.alloc(SAMPLES_PER_PICTURE * 2);
  for (let i = 0; i < SAMPLES_PER_PICTURE; i++) {
    const seconds = (firstSample + i) / SAMPLE_RATE_HZ;
    pcm.writeInt16LE(Math.round(8000 * Math.sin(2 * Math.PI * (300 + 20 * seconds) * seconds)), i * 2);
  }
  return pcm;
}

await fetch(`${values.url}/v1/streams`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ id: values.stream, push: true }),
});
const address = `${values.url.replace(/^http/, 'ws')}/v1/streams/${values.stream}/ingest`;
const socket = new WebSocket(address, { headers });
const ready = new Promise((resolve, reject) => {
  socket.on('error', reject);
  socket.on('close', (code) => reject(new Error(`closed (${code})`)));
  socket.on('message', (data) => {
    const reply = JSON.parse(data.toString());
    if (reply.type === 'ready') resolve();
    if (reply.type === 'error') reject(new Error(`${reply.code}: ${reply.message}`));
  });
});
socket.on('open', () => {
  const video = { format: 'rgb24', width: WIDTH, height: HEIGHT };
  const audio = { format: 'pcm_s16le', sampleRateHz: SAMPLE_RATE_HZ, channels: 1 };
  socket.send(JSON.stringify({ type: 'start', video, audio }));
});
await ready;
const beganAtMs = performance.now();
const numPictures = Math.round(Number(values.seconds) * RATE_HZ);
for (let i = 0; i < numPictures; i++) {
  const dueMs = beganAtMs + (i * 1000) / RATE_HZ;
  await delay(Math.max(0, dueMs - performance.now()));
  const firstSample = i * SAMPLES_PER_PICTURE;
  const ptsUs = (firstSample * 1e6) / SAMPLE_RATE_HZ;
  socket.send(message(2, ptsUs, tone(firstSample)));
  socket.send(message(1, ptsUs, picture(i)));
}
socket.send(JSON.stringify({ type: 'stop' }));
socket.close();
console.log(`pushed ${numPictures} pictures into ${values.stream}`);
