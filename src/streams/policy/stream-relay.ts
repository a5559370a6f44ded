import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { pipeline, Transform } from 'node:stream';
import { dial, type Destination } from './dial.js';

/** A port of this machine that leads to one checked destination. */
export interface StreamRelay {
  readonly port: number;
  close(): void;
}

/** What comes of the server is looked at before it is passed on. */
export interface RelayWatch {
  /** Whether these bytes end the connection, unseen. */
  readonly refuses: (chunk: Uint8Array) => boolean;
  readonly onRefused: () => void;
}

/**
 * Connects, and opens a port that FFmpeg can be given in the place of a host: whatever it is told by the other side, this is
 * where it is connected. One connection at a time; those after the first are made anew.
 * @throws {Error} where the destination does not answer
 */
export async function openStreamRelay(
  destination: Destination,
  newWatch: (() => RelayWatch) | null,
): Promise<StreamRelay> {
  const first = await dial(destination);
  first.on('error', () => undefined);
  let made: Promise<Socket> | null = Promise.resolve(first);
  let inside: Socket | null = null;
  const server = createServer((socket) => {
    if (inside !== null) {
      socket.destroy();
      return;
    }
    inside = socket;
    socket.once('close', () => (inside = null));
    void join(socket, made ?? dial(destination), newWatch?.() ?? null);
    made = null;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      inside?.destroy();
      first.destroy();
    },
  };
}

async function join(inside: Socket, made: Promise<Socket>, watch: RelayWatch | null): Promise<void> {
  inside.on('error', () => undefined);
  let outside: Socket;
  try {
    outside = await made;
  } catch {
    // FFmpeg says that the source cannot be reached.
    inside.destroy();
    return;
  }
  if (inside.destroyed) {
    outside.destroy();
    return;
  }
  const done = (): void => {
    inside.destroy();
    outside.destroy();
  };
  pipeline(inside, outside, done);
  if (watch === null) pipeline(outside, inside, done);
  else pipeline(outside, watched(watch), inside, done);
}

function watched({ refuses, onRefused }: RelayWatch): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      if (!refuses(chunk)) {
        next(null, chunk);
        return;
      }
      onRefused();
      next(new Error('refused'));
    },
  });
}
