// A lane's worker that scores by script: what it does with a segment depends on the first value of its input.
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';

if (workerData.pack.folder === 'unloadable') {
  parentPort.postMessage({ type: 'failed', error: { code: 'ERR_MODEL_PACK', message: 'no such weights' } });
} else {
  let numSteps = 0;
  const held = [];
  parentPort.on('message', (request) => {
    if (request.type === 'close') parentPort.close();
    if (request.type !== 'segment') return;
    const [action] = request.input;
    if (action === 1) throw new Error('scripted crash');
    if (action === 2) process.exit(3);
    // For a while, as tests must end; far longer than any of them.
    if (action === 5) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000);
    if (action === 3) {
      held.push(request);
      return;
    }
    parentPort.postMessage({ type: 'started', ids: [...held, request].map(({ id }) => id) });
    if (action === 4) {
      const error = { code: 'ERR_MODEL_INPUT', message: 'scripted rejection' };
      parentPort.postMessage({ type: 'rejected', id: request.id, error });
      return;
    }
    const times = { queueMs: 1, embedMs: 2, stepMs: 3 };
    const scores = [...held.splice(0), request].map(({ id, positionSeconds }) => ({
      id,
      scores: [++numSteps, positionSeconds],
      isWarm: numSteps > 2,
      ...times,
    }));
    parentPort.postMessage({ type: 'scores', scores });
  });
  parentPort.postMessage({ type: 'ready' });
}
