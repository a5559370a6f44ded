import type { SchedulerLike } from 'rxjs';
import type { WebSocket } from 'ws';
import { closeCodeOf } from './close-code.js';
import type { PreviewSink } from './preview-channel.js';
import type { MessageSink, SubscriptionEnd } from './subscriber.js';
import { DRAIN_MS } from './audience.js';

/** Writes a score subscription to a WebSocket. */
export function scoreSink(socket: WebSocket, scheduler: SchedulerLike): MessageSink {
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    write(message, onTaken) {
      socket.send(message.json, { binary: false }, (error) => {
        if (!error) onTaken();
      });
    },
    end: (end) => endSocket(socket, end, scheduler),
  };
}

/** Writes a preview subscription to a WebSocket. */
export function previewSink(socket: WebSocket, scheduler: SchedulerLike): PreviewSink {
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    write(message, onTaken) {
      socket.send(message, { binary: true }, (error) => {
        if (!error) onTaken();
      });
    },
    end: (reason) => closeSocket(socket, { type: 'end', reason }, scheduler),
  };
}

/** Says why and closes. */
export function endSocket(socket: WebSocket, end: SubscriptionEnd, scheduler: SchedulerLike): void {
  socket.send(JSON.stringify(end), () => undefined);
  closeSocket(socket, end, scheduler);
}

/** Closes with the code of `end`; a peer that does not answer is cut off. */
function closeSocket(socket: WebSocket, end: SubscriptionEnd, scheduler: SchedulerLike): void {
  const text = end.type === 'end' ? end.reason : end.code;
  socket.close(closeCodeOf(end), text.slice(0, 60));
  const cutOff = scheduler.schedule(() => socket.terminate(), DRAIN_MS);
  socket.once('close', () => cutOff.unsubscribe());
}
