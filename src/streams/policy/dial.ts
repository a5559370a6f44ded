import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where a checked host is. */
export interface Destination {
  /** Addresses that were checked: tried in this order. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** What the URL calls the host, for TLS; null for a plain connection. */
  readonly tlsHost: string | null;
}

/** Longest try of one address where there are more. */
const TRY_MS = 3000;

/**
 * Connects to the first address that answers. Certificates are not verified, as for every source.
 * @throws {Error} of the last address
 */
export async function dial({ addresses, port, tlsHost }: Destination): Promise<Socket> {
  let failure: unknown = new Error('no address');
  for (const [index, address] of addresses.entries()) {
    const socket = connect({ host: address, port });
    const isLast = index === addresses.length - 1;
    const timer = isLast ? undefined : setTimeout(() => socket.destroy(new Error('no answer')), TRY_MS);
    try {
      await once(socket, 'connect');
      return tlsHost === null ? socket : await secure(socket, tlsHost);
    } catch (error) {
      socket.destroy();
      failure = error;
    } finally {
      clearTimeout(timer);
    }
  }
  throw failure;
}

async function secure(socket: Socket, host: string): Promise<Socket> {
  // Server names are names: an address is none.
  const servername = isIP(host) === 0 ? host : '';
  const secured = connectTls({ socket, servername, rejectUnauthorized: false });
  await once(secured, 'secureConnect');
  return secured;
}
