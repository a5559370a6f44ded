import { WebSocket, type ClientOptions } from 'ws';
import { onTestFinished } from 'vitest';
import type { ServerMessage } from '../../src/core/protocol.js';

/** A subscriber that keeps everything. */
export class SocketClient {
  readonly socket: WebSocket;
  readonly texts: string[] = [];
  readonly binaries: Buffer[] = [];
  closeCode: number | null = null;
  #wake: () => void = () => undefined;

  constructor(url: string, protocols: string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, options);
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.binaries.push(data);
      else this.texts.push(data.toString());
      this.#wake();
    });
    this.socket.on('close', (code) => {
      this.closeCode = code;
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    onTestFinished(() => this.socket.terminate());
  }

  get messages(): ServerMessage[] {
    return this.texts.map((text) => JSON.parse(text) as ServerMessage);
  }

  /** Messages that have a place in the order. */
  get ordered(): string[] {
    return this.texts.filter((text) => /^\{"type":"(score|gap|epoch)"/.test(text));
  }

  /** Waits until something is so. */
  async until(condition: (client: this) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  closed(): Promise<void> {
    return this.until((client) => client.closeCode !== null);
  }
}

/** HTTP status and body with which an upgrade was refused; null where it was not. */
export function refusal(
  url: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<{ status: number; body: { code?: string } } | null> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, options);
    socket.on('open', () => {
      socket.terminate();
      resolve(null);
    });
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as { code?: string } });
      });
    });
  });
}
