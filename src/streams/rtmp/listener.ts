import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Connection } from './connection.js';
import type { ClosedConnections, ReceiverOptions, ReceiverReply, ReceiverRequest } from './receiver-wire.js';

/** How often connections are looked at for their time limits. */
const SWEEP_MS = 250;

/** The port for all senders, in the receiver's process: connections, their limits, and whose turn it is. */
export class Listener {
  readonly #options: ReceiverOptions;
  readonly #reply: (reply: ReceiverReply) => void;
  readonly #server: Server;
  /** In the order in which they came. */
  readonly #connections = new Map<number, Connection>();
  readonly #closed = { refused: 0, malformed: 0, timeout: 0, crowded: 0, idle: 0 };
  #sweep: NodeJS.Timeout | undefined;
  #nextId = 0;

  constructor(options: ReceiverOptions, reply: (reply: ReceiverReply) => void) {
    this.#options = options;
    this.#reply = reply;
    this.#server = createServer({ noDelay: true }, (socket) => this.#onSocket(socket));
    this.#server.maxConnections = options.maxConnections;
    this.#server.on('drop', () => (this.#closed.crowded += 1));
    this.#server.on('error', (cause: NodeJS.ErrnoException) => {
      reply({ type: 'failed', cause: cause.code ?? cause.message.slice(0, 100) });
    });
  }

  get numConnections(): number {
    return this.#connections.size;
  }

  get closed(): ClosedConnections {
    return { ...this.#closed };
  }

  listen(): void {
    const { host, port } = this.#options;
    this.#server.listen({ host, port }, () => {
      const address = this.#server.address() as AddressInfo;
      this.#reply({ type: 'listening', port: address.port });
    });
    this.#sweep = setInterval(() => this.#closeLate(), SWEEP_MS);
  }

  /** Cuts every connection. */
  close(): void {
    clearInterval(this.#sweep);
    this.#server.close();
    for (const connection of this.#connections.values()) connection.destroy();
  }

  /** What the server decided. Connections that are gone meanwhile are no fault. */
  onRequest(request: Exclude<ReceiverRequest, { type: 'open' }>): void {
    const connection = this.#connections.get(request.connection);
    switch (request.type) {
      case 'accept':
        // It went while it was being decided upon.
        if (connection === undefined) this.#reply({ type: 'gone', connection: request.connection });
        else connection.accept();
        break;
      case 'refuse':
        connection?.refuse(request.description);
        break;
      case 'credit':
        connection?.credit(request.numBytes);
        break;
      case 'close':
        connection?.destroy();
        break;
    }
  }

  #onSocket(socket: Socket): void {
    const id = this.#nextId;
    this.#nextId = (this.#nextId + 1) % 2 ** 32;
    const strangers = [...this.#connections.values()].filter((each) => each.isStranger);
    if (strangers.length >= this.#options.maxStrangers) strangers[0]?.closeAs('crowded');
    const connection = new Connection(socket, {
      publish: (key) =>
        this.#reply({ type: 'publish', connection: id, key, address: socket.remoteAddress ?? '' }),
      media: (bytes) => this.#reply({ type: 'media', connection: id, bytes }),
      closing: (reason) => (this.#closed[reason] += 1),
      closed: (wasAccepted) => {
        this.#connections.delete(id);
        if (wasAccepted) this.#reply({ type: 'gone', connection: id });
      },
    });
    this.#connections.set(id, connection);
  }

  #closeLate(): void {
    const { greetingTimeoutMs, idleTimeoutMs } = this.#options;
    for (const connection of this.#connections.values())
      connection.closeIfLate(greetingTimeoutMs, idleTimeoutMs);
  }
}
