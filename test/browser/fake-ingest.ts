import type { WebSocket } from 'ws';
import type { IngestReply, IngestRequest } from '../../src/core/protocol.js';
import type { FakeStream } from './fake-stream.js';

const RESUME_MS = 10_000;

/** What a server does with pushed media, but for decoding it. */
export class FakeIngest {
  /** Every `start` and `stop`, in order. */
  readonly requests: IngestRequest[] = [];
  /** Bytes of the newest file. */
  numBytes = 0;
  /** The first bytes of the newest file. */
  head = Buffer.alloc(0);
  /** A server whose network is slow says nothing of what it took. */
  acknowledges = true;
  readonly #stream: FakeStream;
  #peer: WebSocket | null = null;
  #numPlaces = 0;

  constructor(stream: FakeStream) {
    this.#stream = stream;
    stream.setState('connecting', '');
  }

  take(peer: WebSocket): void {
    this.#peer = peer;
    peer.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#receive(data);
      else this.#obey(JSON.parse(data.toString()) as IngestRequest);
    });
  }

  /** Cuts the sender off, as a network would; with a code, as a server does. */
  drop(code?: string): void {
    if (code === undefined) this.#peer?.terminate();
    else {
      this.#say({ type: 'error', code, message: `The server says ${code}` });
      this.#peer?.close(4500);
    }
  }

  #obey(request: IngestRequest): void {
    this.requests.push(request);
    if (request.type === 'stop') {
      this.#stream.setState('ended', '');
      return;
    }
    if (request.resume === undefined) {
      this.numBytes = 0;
      this.#numPlaces += 1;
      if (this.#numPlaces > 1) this.#stream.startEpoch('restart');
    }
    const resume = `place-${this.#numPlaces}`;
    this.#say({ type: 'ready', resume, bytes: this.numBytes, resumeMs: RESUME_MS });
  }

  #receive(data: Buffer): void {
    if (this.numBytes < 64) this.head = Buffer.concat([this.head.subarray(0, this.numBytes), data]);
    this.numBytes += data.byteLength;
    if (this.#stream.state !== 'live') this.#stream.setState('live', '');
    if (this.acknowledges) this.#say({ type: 'ack', bytes: this.numBytes, ptsUs: null });
  }

  #say(reply: IngestReply): void {
    this.#peer?.send(JSON.stringify(reply));
  }
}
