import type { SchedulerLike, Subscription } from 'rxjs';
import type { WebSocket } from 'ws';

/** Pings every WebSocket now and then and cuts off those that did not answer the ping before. */
export class Keepalive {
  readonly #unanswered = new WeakSet<WebSocket>();
  readonly #pinging: Subscription;

  /**
   * @param everyMs between pings
   * @param onPing called with every round
   */
  constructor(
    sockets: () => Iterable<WebSocket>,
    everyMs: number,
    scheduler: SchedulerLike,
    onPing: () => void,
  ) {
    const ping = (): void => {
      for (const socket of sockets()) this.#ping(socket);
      onPing();
    };
    this.#pinging = scheduler.schedule(function () {
      ping();
      this.schedule(undefined, everyMs);
    }, everyMs);
  }

  watch(socket: WebSocket): void {
    socket.on('pong', () => this.#unanswered.delete(socket));
    socket.on('message', () => this.#unanswered.delete(socket));
  }

  stop(): void {
    this.#pinging.unsubscribe();
  }

  #ping(socket: WebSocket): void {
    // What it answers is not read.
    if (socket.isPaused) return;
    if (this.#unanswered.has(socket)) {
      socket.terminate();
      return;
    }
    this.#unanswered.add(socket);
    if (socket.readyState === socket.OPEN) socket.ping();
  }
}
