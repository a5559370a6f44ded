import { toEvokedError } from '../../../core/errors.js';
import { loadNodeAv } from '../../decode/load-node-av.js';
import { encodeFilm } from './encode-film.js';
import type { EncodeReply, EncodeRequest } from './encode-messages.js';

/** A process that encodes one film and ends, at the latest with its parent. */
function reply(message: EncodeReply): void {
  process.send?.(message);
}

process.once('message', (request: EncodeRequest) => {
  void (async () => {
    try {
      const av = await loadNodeAv();
      av.Log.setLevel(av.AV_LOG_QUIET);
      await encodeFilm(av, request.job, request.path, (seconds) => reply({ type: 'progress', seconds }));
      reply({ type: 'done' });
    } catch (error) {
      const { code, message } = toEvokedError(error);
      reply({ type: 'failed', code, message });
    }
  })();
});
process.once('disconnect', () => process.exit());
