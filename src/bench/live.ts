import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { BenchRow } from '../core/bench-row.js';
import { systemClock } from '../core/clock.js';
import type { ServerMessage } from '../core/protocol.js';
import { startEvoked } from './evoked-process.js';
import { quantile } from '../core/quantile.js';
import { residentMegabytes } from './resident-memory.js';

const MEMORY_POLL_MS = 2000;

/** What the live benchmark runs on. */
export interface LiveBenchOptions {
  /** A live source, for example rtsp://127.0.0.1:8554/live. */
  readonly url: string;
  /** How long to measure after the first score, in seconds. */
  readonly seconds: number;
  readonly onProgress?: (secondsDone: number) => void;
}

interface Observed {
  readonly latenciesMs: number[];
  numMissing: number;
  numEpochs: number;
  peakMegabytes: number;
}

/**
 * The whole product as a subscriber sees it: a server process, a live source, a WebSocket client in this process. Latency is
 * from the arrival of the segment's last media at the decode child to the score's arrival here.
 */
export async function benchLive(options: LiveBenchOptions): Promise<BenchRow[]> {
  const server = await startEvoked([
    'serve',
    '--port',
    '0',
    '--source',
    `bench=${options.url}`,
    '--log-level',
    'warn',
  ]);
  const observed: Observed = { latenciesMs: [], numMissing: 0, numEpochs: 0, peakMegabytes: 0 };
  const poll = setInterval(() => {
    observed.peakMegabytes = Math.max(observed.peakMegabytes, residentMegabytes(server.pid));
  }, MEMORY_POLL_MS);
  try {
    await watchScores(`${server.baseUrl}/v1/streams/bench/scores`, options, observed);
    return toRows(observed, await readEventLoopP99Ms(server.baseUrl));
  } finally {
    clearInterval(poll);
    await server.stop();
  }
}

async function watchScores(address: string, options: LiveBenchOptions, observed: Observed): Promise<void> {
  const socket = new WebSocket(address.replace(/^http/, 'ws'));
  let endAtMs = Infinity;
  let firstAtMs = NaN;
  socket.on('message', (data: Buffer) => {
    const nowMs = systemClock.nowMs();
    const message = JSON.parse(data.toString()) as ServerMessage;
    if (message.type === 'epoch') observed.numEpochs += 1;
    if (message.type === 'gap') observed.numMissing += message.toSeq - message.fromSeq + 1;
    if (message.type !== 'score') return;
    if (Number.isNaN(firstAtMs)) {
      firstAtMs = nowMs;
      endAtMs = nowMs + options.seconds * 1000;
    }
    observed.latenciesMs.push(nowMs - message.capturedAtMs);
    options.onProgress?.((nowMs - firstAtMs) / 1000);
    if (nowMs >= endAtMs) socket.close();
  });
  await once(socket, 'close');
}

/** The server's own figure: `evoked_event_loop_delay_seconds{quantile="0.99"}` of /metrics. */
async function readEventLoopP99Ms(baseUrl: string): Promise<number> {
  const metrics = await (await fetch(`${baseUrl}/metrics`)).text();
  const match = /^evoked_event_loop_delay_seconds\{[^}]*quantile="0\.99"[^}]*\} (\S+)$/m.exec(metrics);
  return Number(match?.[1] ?? NaN) * 1000;
}

function toRows(observed: Observed, eventLoopP99Ms: number): BenchRow[] {
  const { latenciesMs, numMissing, numEpochs, peakMegabytes } = observed;
  return [
    {
      name: 'live: last media to score at a client',
      unit: 'ms',
      median: quantile(latenciesMs, 0.5),
      p99: quantile(latenciesMs, 0.99),
      note: `${latenciesMs.length} scores, ${numMissing} missing, ${numEpochs} epochs, max ${Math.max(...latenciesMs).toFixed(0)} ms`,
    },
    { name: 'live: event-loop delay of the server', unit: 'ms', median: NaN, p99: eventLoopP99Ms },
    { name: 'live: resident memory of all processes, peak', unit: 'MB', median: peakMegabytes },
  ];
}
