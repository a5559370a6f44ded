import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { toEvokedError } from '../../../core/errors.js';
import { FRAME_BYTES } from '../../../core/time-grid.js';
import type { Extractor } from '../../../model/extractor.js';
import { collectGarbage } from '../../../model/inference/collect-garbage.js';
import { ComputeGate } from '../../../model/inference/compute-gate.js';
import type { EmbedInputs, Embeddings, EmbedReply, EmbedRequest, EmbedThreadData } from './embed-messages.js';
import { chosenModalities, loadChosen } from './extractor-choice.js';

if (parentPort === null) throw new Error('embed-thread runs as a worker thread');
await serve(parentPort, workerData as EmbedThreadData);

async function serve(port: MessagePort, { choice, gate: gateBuffer }: EmbedThreadData): Promise<void> {
  const reply = (message: EmbedReply, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  const gate = new ComputeGate(gateBuffer);
  const extractors: Extractor[] = [];
  if (!gate.enter()) return;
  try {
    for (const modality of chosenModalities(choice)) extractors.push(await loadChosen(choice, modality));
  } catch (error) {
    const { code, message } = toEvokedError(error);
    reply({ type: 'failed', id: null, code, message });
    return;
  } finally {
    gate.leave();
  }
  collectGarbage();
  const waiting: Extract<EmbedRequest, { type: 'embed' }>[] = [];
  let isRunning = false;
  let isClosing = false;
  const work = async (): Promise<void> => {
    isRunning = true;
    for (let request = waiting.shift(); request !== undefined && !isClosing; request = waiting.shift()) {
      const { id, inputs } = request;
      if (!gate.enter()) return;
      try {
        const embeddings = await embed(extractors, inputs);
        const buffers = Object.values(embeddings).map(({ buffer }) => buffer as ArrayBuffer);
        reply({ type: 'embeddings', id, embeddings }, buffers);
      } catch (error) {
        const { code, message } = toEvokedError(error);
        reply({ type: 'failed', id, code, message });
      } finally {
        gate.leave();
      }
      // Lets the port hand out what came in meanwhile, a wish to close above all.
      await new Promise(setImmediate);
    }
    isRunning = false;
    if (!isClosing || !gate.enter()) return;
    await Promise.all(extractors.map((extractor) => extractor.release()));
    gate.leave();
    port.close();
  };
  port.on('message', (request: EmbedRequest) => {
    if (request.type === 'close') isClosing = true;
    else waiting.push(request);
    if (!isRunning) void work();
  });
}

async function embed(extractors: readonly Extractor[], { visual, audio }: EmbedInputs): Promise<Embeddings> {
  const inputs = { visual: visual && frames(visual), audio };
  const embeddings: { -readonly [Each in keyof Embeddings]: Embeddings[Each] } = {};
  for (const extractor of extractors) {
    const mine = inputs[extractor.modality];
    if (mine !== undefined) embeddings[extractor.modality] = await embedAll(extractor, mine);
  }
  return embeddings;
}

/** In batches of the size that the network likes, the same ones each time: the last bits depend on the batch. */
async function embedAll(
  extractor: Extractor,
  inputs: readonly (Uint8Array | Float32Array)[],
): Promise<Float32Array> {
  const { dim, embedBatchSize } = extractor;
  const embeddings = new Float32Array(inputs.length * dim);
  for (let first = 0; first < inputs.length; first += embedBatchSize) {
    const batch = inputs.slice(first, first + embedBatchSize);
    embeddings.set(await extractor.embed(batch as Uint8Array[] | Float32Array[]), first * dim);
  }
  return embeddings;
}

function frames(joined: Uint8Array): Uint8Array[] {
  return Array.from({ length: joined.length / FRAME_BYTES }, (_, index) =>
    joined.subarray(index * FRAME_BYTES, (index + 1) * FRAME_BYTES),
  );
}
