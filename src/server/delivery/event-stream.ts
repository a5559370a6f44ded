import type { ServerResponse } from 'node:http';
import type { SchedulerLike } from 'rxjs';
import { DRAIN_MS } from './audience.js';
import type { MessageSink } from './subscriber.js';

/** Sent while nothing else is, so that proxies keep the connection and a dead one is noticed. */
export const KEEPALIVE_COMMENT = ': keep-alive\n\n';

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
};

/** Opens a response as server-sent events and writes a score subscription to it. */
export function eventStreamSink(response: ServerResponse, scheduler: SchedulerLike): MessageSink {
  response.writeHead(200, HEADERS);
  response.write('retry: 2000\n\n');
  return {
    get bufferedBytes() {
      return response.writableLength;
    },
    write(message, onTaken) {
      response.write(message.serverSentEvent, (error) => {
        if (!error) onTaken();
      });
    },
    end(end) {
      response.end(`data: ${JSON.stringify(end)}\n\n`);
      const cutOff = scheduler.schedule(() => response.destroy(), DRAIN_MS);
      response.once('close', () => cutOff.unsubscribe());
    },
  };
}
