import type { IngestReply, IngestRequest } from '../../src/core/protocol.js';
import { pushMedia, type MediaPush, type PushOptions, type PushWebSocket } from '../../src/client/index.js';
import { onTestFinished } from 'vitest';

/** The server's end of one connection, of the test's own words. */
export class IngestPeer implements PushWebSocket {
  onopen: PushWebSocket['onopen'] = null;
  onmessage: PushWebSocket['onmessage'] = null;
  onclose: PushWebSocket['onclose'] = null;
  onerror: PushWebSocket['onerror'] = null;
  isClosed = false;
  readonly url: string;
  /** What came, in order: requests as they are, media as numbers. */
  readonly received: (IngestRequest | number[])[] = [];

  constructor(url: string) {
    this.url = url;
  }

  get requests(): IngestRequest[] {
    return this.received.filter((item): item is IngestRequest => !Array.isArray(item));
  }

  get media(): number[] {
    return this.received.flatMap((item) => (Array.isArray(item) ? item : []));
  }

  send(data: string | Uint8Array): void {
    this.received.push(typeof data === 'string' ? (JSON.parse(data) as IngestRequest) : [...data]);
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.onopen?.({} as never);
  }

  say(reply: IngestReply): void {
    this.onmessage?.({ data: JSON.stringify(reply) });
  }

  ready(bytes = 0, resume = 'place', resumeMs = 10_000): void {
    this.say({ type: 'ready', resume, bytes, resumeMs });
  }

  ack(bytes: number): void {
    this.say({ type: 'ack', bytes, ptsUs: null });
  }

  fail(code: string): void {
    this.say({ type: 'error', code, message: `the server says ${code}` });
    this.drop();
  }

  drop(): void {
    this.onclose?.({ code: 1006 });
  }
}

/** A push to a server that the test plays. Timers are the caller's to move. */
export interface ScriptedPush {
  readonly push: MediaPush;
  /** Every connection that was made, oldest first. */
  readonly peers: IngestPeer[];
  /** Types of the events that were told, in order. */
  readonly told: string[];
  readonly clock: { nowMs: number };
}

export function scriptedPush(options: Partial<PushOptions> = {}): ScriptedPush {
  const peers: IngestPeer[] = [];
  const told: string[] = [];
  const clock = { nowMs: 0 };
  class Recorded extends IngestPeer {
    constructor(url: string) {
      super(url);
      peers.push(this);
    }
  }
  const push = pushMedia({
    baseUrl: 'http://127.0.0.1:1',
    stream: 'desk',
    WebSocket: Recorded,
    nowMs: () => clock.nowMs,
    ...options,
  });
  push.on('open', ({ resumed }) => told.push(resumed ? 'resumed' : 'open'));
  push.on('lost', () => told.push('lost'));
  push.on('restart', ({ reason }) => told.push(`restart ${reason}`));
  push.on('closed', ({ error }) => told.push(error === null ? 'closed' : `closed ${error.code}`));
  onTestFinished(() => push.close());
  return { push, peers, told, clock };
}
