import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { processEntry } from '../../src/core/process-entry.js';
import { fileOptions } from '../fixtures/decode.js';
import { makeMp4 } from '../fixtures/media.js';

const entry = (name: string): string => JSON.stringify(processEntry(name));

/** A process that has used up its descriptors starts children, frees them, and starts the same ones again. */
const SERVER = `
  import { closeSync, openSync } from 'node:fs';
  import { PassThrough } from 'node:stream';
  import { openDecodeProcess } from ${entry('streams/decode/decode-process')};
  import { ReceiverProcess } from ${entry('streams/rtmp/receiver-process')};
  import { startTraining } from ${entry('training/run/start-training')};
  import { encodeInProcess } from ${entry('streams/film/encode/encode-process')};

  const options = JSON.parse(process.argv[1]);
  const decode = (deps) => new Promise((resolve) => {
    openDecodeProcess(options, deps).media$.subscribe({ error: ({ code }) => resolve(code), complete: () => resolve('played') });
  });
  const receive = () => new Promise((resolve) => {
    const limits = { maxStrangers: 8, maxConnections: 24, greetingTimeoutMs: 60000, idleTimeoutMs: 60000 };
    const process = new ReceiverProcess({
      receiver: { host: '127.0.0.1', port: 0, ...limits },
      watchdogMs: 20000,
      onReply: ({ type }) => { process.stop(); resolve(type); },
      onLost: ({ code }) => resolve(code),
    });
  });
  const train = () => new Promise((resolve) => {
    startTraining({}).subscribe({ error: ({ code }) => resolve(code) });
  });
  const encode = () => encodeInProcess({}, { onProgress() {}, signal: new AbortController().signal })
    .catch(({ code, message }) => code + ': ' + message);
  const all = (jobs) => Promise.all(jobs.map((job) => job()));

  // What is loaded late is loaded now.
  await receive();
  const held = [];
  try { for (;;) held.push(openSync('/dev/null')); } catch { /* EMFILE */ }
  const out = await all([decode, () => decode({ pushed: new PassThrough() }), receive, train, encode]);
  for (const descriptor of held) closeSync(descriptor);
  console.log(JSON.stringify({ out, back: await all([decode, receive]) }));
`;

test.runIf(process.platform === 'linux')(
  'a server without descriptors left loses what it would have started, and nothing else',
  async () => {
    const options = fileOptions(await makeMp4({ seconds: 1 }));
    const server = spawn(
      'sh',
      [
        ...['-c', 'ulimit -n 512; exec "$@"', 'sh', process.execPath],
        ...['--input-type=module', '-e', SERVER, JSON.stringify(options)],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [said, exit] = await Promise.all([text(server.stdout), once(server, 'exit')]);
    expect(exit).toEqual([0, null]);
    expect(JSON.parse(said)).toEqual({
      out: [
        'ERR_DECODE_CRASHED',
        'ERR_DECODE_CRASHED',
        'ERR_INGEST_RECEIVER',
        'ERR_TRAINING_CRASHED',
        expect.stringMatching(/^ERR_INTERNAL: the encode process cannot be started/),
      ],
      back: ['played', 'listening'],
    });
  },
);
