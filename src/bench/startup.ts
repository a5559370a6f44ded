import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { BenchRow } from '../core/bench-row.js';
import type { ServerMessage } from '../core/protocol.js';
import { startEvoked } from './evoked-process.js';
import { quantile } from '../core/quantile.js';

const NUM_RUNS = 3;

/** From the command `evoked demo` to the first score at a WebSocket client. */
export async function benchStartup(): Promise<BenchRow[]> {
  const secondsToFirst: number[] = [];
  for (let run = 0; run < NUM_RUNS; run++) secondsToFirst.push(await timeOneStart());
  return [
    {
      name: 'demo: command to first score',
      unit: 's',
      median: quantile(secondsToFirst, 0.5),
      note: `${NUM_RUNS} runs, worst ${Math.max(...secondsToFirst).toFixed(2)} s`,
    },
  ];
}

async function timeOneStart(): Promise<number> {
  const startMs = performance.now();
  const server = await startEvoked(['demo', '--port', '0']);
  const socket = new WebSocket(`${server.baseUrl.replace(/^http/, 'ws')}/v1/streams/demo/scores?since=0:-1`);
  try {
    for (;;) {
      const [data] = (await once(socket, 'message')) as [Buffer];
      if ((JSON.parse(data.toString()) as ServerMessage).type === 'score') break;
    }
    return (performance.now() - startMs) / 1000;
  } finally {
    socket.terminate();
    await server.stop();
  }
}
