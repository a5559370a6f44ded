import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { steadyClock } from '../../core/clock.js';
import { toEvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import { packModality } from '../pack/load-pack.js';
import { loadPackExtractor, loadPackTower } from '../pack/pack-weights.js';
import { collectGarbage } from './collect-garbage.js';
import { ComputeGate } from './compute-gate.js';
import type {
  LaneData,
  LaneError,
  LaneReply,
  LaneRequest,
  LaneSegment,
  LaneStateRequest,
} from './lane-messages.js';
import { LaneModel } from './lane-model.js';
import { LaneQueue } from './lane-queue.js';

/**
 * Segments that are embedded before the towers step. More would save little (the towers' share is small by then) and
 * make the first of them wait longer: a frame takes 12 ms, a segment of sound 1 ms.
 */
const MAX_BATCH: Readonly<Record<Modality, number>> = { visual: 8, audio: 32 };

if (parentPort === null) throw new Error('lane-worker runs as a worker thread');
await runLane(parentPort, workerData as LaneData);

async function runLane(port: MessagePort, { pack, modality, gate: gateBuffer }: LaneData): Promise<void> {
  const reply = (message: LaneReply): void => port.postMessage(message);
  const gate = new ComputeGate(gateBuffer);
  let model: LaneModel;
  if (!gate.enter()) return;
  try {
    const extractor = await loadPackExtractor(pack, modality);
    const tower = await loadPackTower(pack, modality);
    model = new LaneModel(extractor, tower, packModality(pack, modality).tower.scale, steadyClock);
  } catch (error) {
    reply({ type: 'failed', error: laneError(error) });
    return;
  } finally {
    gate.leave();
  }
  collectGarbage();
  const queue = new LaneQueue();
  /** Streams to forget once no batch is under way: it might make their state anew. */
  const forgotten: number[] = [];
  let isRunning = false;
  let isClosing = false;
  const accept = (request: LaneRequest): void => {
    switch (request.type) {
      case 'segment':
      case 'save':
      case 'restore':
        if (!isClosing) queue.push(request);
        return;
      case 'forget':
        queue.forget(request.stream);
        forgotten.push(request.stream);
        return;
      case 'close':
        queue.clear();
        isClosing = true;
    }
  };
  /** ONNX Runtime holds the thread while it computes: what came in meanwhile still is in the port. */
  const drainPort = (): void => {
    for (;;) {
      const next = receiveMessageOnPort(port) as { readonly message: LaneRequest } | undefined;
      if (next === undefined) return;
      accept(next.message);
    }
  };
  const work = async (): Promise<void> => {
    isRunning = true;
    for (drainPort(); queue.length > 0; drainPort()) {
      for (const request of queue.takeStateRequests()) reply(answerState(model, request));
      const batch = queue.takeBatch(MAX_BATCH[modality]);
      if (batch.length === 0) continue;
      reply({ type: 'started', ids: batch.map(({ id }) => id) });
      if (!gate.enter()) return;
      await scoreBatch(model, batch, reply);
      gate.leave();
      for (const stream of forgotten.splice(0)) model.forget(stream);
    }
    for (const stream of forgotten.splice(0)) model.forget(stream);
    isRunning = false;
    if (!isClosing || !gate.enter()) return;
    await model.release();
    gate.leave();
    port.close();
  };
  port.on('message', (request: LaneRequest) => {
    accept(request);
    if (!isRunning) void work();
  });
  reply({ type: 'ready' });
}

async function scoreBatch(
  model: LaneModel,
  batch: readonly LaneSegment[],
  reply: (message: LaneReply) => void,
): Promise<void> {
  try {
    reply({ type: 'scores', scores: await model.score(batch) });
  } catch (error) {
    if (batch.length === 1) reply({ type: 'rejected', id: batch[0]!.id, error: laneError(error) });
    // One bad segment must not take the others with it.
    else for (const segment of batch) await scoreBatch(model, [segment], reply);
  }
}

function answerState(model: LaneModel, request: LaneStateRequest): LaneReply {
  const { id, stream, run } = request;
  try {
    if (request.type === 'save') return { type: 'saved', id, tower: model.save(stream, run) };
    model.restore(stream, run, request.tower);
    return { type: 'restored', id };
  } catch (error) {
    return { type: 'rejected', id, error: laneError(error) };
  }
}

function laneError(error: unknown): LaneError {
  const { code, message } = toEvokedError(error);
  return { code, message };
}
