import { toEvokedError } from '../../../core/errors.js';
import { createScoringEngine, loadPack, type Scorer, type ScoringEngine } from '../../../model/index.js';
import type { SecondReply, SecondRequest } from './second-messages.js';

/** A process that knows nothing but a pack and a saved state, and scores what it is sent. It ends with its parent. */
let engine: ScoringEngine | undefined;
let scorer: Scorer | undefined;

async function answer(request: SecondRequest): Promise<SecondReply> {
  if (request.type === 'open') {
    const pack = await loadPack(request.packFolder);
    engine = await createScoringEngine(pack, { visualWorkers: 1, audioWorkers: 1 });
    scorer = engine.open({ position: 'elapsed', state: request.state });
    return { type: 'opened' };
  }
  const { visual, audio } = (await scorer!.score(request.segment)).score;
  return { type: 'scores', scores: { visual, audio } };
}

process.on('message', (request: SecondRequest) => {
  answer(request)
    .catch((error: unknown): SecondReply => {
      const { code, message } = toEvokedError(error);
      return { type: 'failed', code, message };
    })
    .then((reply) => process.send?.(reply))
    .catch(() => process.disconnect());
});
process.once('disconnect', () => process.exit());
