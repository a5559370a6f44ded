import type { SchedulerLike, Subscription } from 'rxjs';
import { EvokedError, toEvokedError } from '../../core/errors.js';
import type { PushInlet } from '../push/pushed-media.js';
import { Backoff } from '../supervise/backoff.js';
import { RTMP_APP } from './protocol/publisher.js';
import { KnockLimit } from './knock-limit.js';
import { ReceiverProcess, type SpawnReceiver } from './receiver-process.js';
import type { ClosedConnections, ReceiverOptions, ReceiverReply } from './receiver-wire.js';
import { RtmpFeed } from './rtmp-feed.js';

/** Why a publisher was refused. */
export type PublishRefusal = 'unknown' | 'busy' | 'limited' | 'failed';

/** Why the receiver closed a connection. */
export type RtmpCloseReason = keyof ClosedConnections;

/** What the owner of an `RtmpReceiver` is told. */
export interface RtmpReceiverEvents {
  /** The port is open, for the first time or again. */
  listening(): void;
  refused(reason: PublishRefusal): void;
  closed(reason: RtmpCloseReason, count: number): void;
  /** The receiver's process is started again. */
  restarting(error: EvokedError): void;
}

/** What a receiver is made from. */
export interface RtmpReceiverOptions {
  readonly receiver: ReceiverOptions;
  readonly watchdogMs: number;
  /** Resident memory in MiB that the process may take. */
  readonly memoryLimitMb: number;
  readonly backoffInitialMs: number;
  readonly backoffMaxMs: number;
  /** Where media with this key goes; null where there is none. Must tell nothing by the time that it takes. */
  readonly inletOf: (key: string) => PushInlet | null;
  readonly events: RtmpReceiverEvents;
  /** Runs all waits; every length of time goes by its `now`. */
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  readonly spawn?: SpawnReceiver;
}

/** Wrong keys a minute from one address: more than an encoder tries that is set up wrongly. */
const MAX_KNOCKS_PER_MINUTE = 30;

/** A process that lived for this long counts as sound: the next wait is short again. */
const SOUND_AFTER_MS = 10_000;

const REFUSALS = {
  unknown: 'There is no stream of this key.',
  busy: 'Another sender holds this stream.',
  failed: 'This stream takes no media at the moment.',
  limited: 'There is no stream of this key, and many wrong ones came from this address.',
} as const satisfies Record<PublishRefusal, string>;

/** One RTMP port for the senders of all streams, in a process of its own that is kept alive. */
export class RtmpReceiver {
  readonly #options: RtmpReceiverOptions;
  readonly #backoff: Backoff;
  readonly #knocks: KnockLimit;
  readonly #feeds = new Map<number, RtmpFeed>();
  #process: ReceiverProcess | undefined;
  #timer: Subscription | undefined;
  #startedAtMs = 0;
  /** When the port was last open, null while it is. */
  #awaySinceMs: number | null = null;
  #port: number;
  #numConnections = 0;
  #closed: Partial<ClosedConnections> = {};
  #isClosed = false;
  #started: { resolve(): void; reject(error: EvokedError): void } | null = null;

  constructor(options: RtmpReceiverOptions) {
    this.#options = options;
    this.#port = options.receiver.port;
    const { backoffInitialMs: initialMs, backoffMaxMs: maxMs, random, scheduler } = options;
    this.#backoff = new Backoff({ initialMs, maxMs, random });
    this.#knocks = new KnockLimit(() => scheduler.now(), MAX_KNOCKS_PER_MINUTE);
  }

  /** The port that is listened on, once `listen` has resolved; the same in every life of the process. */
  get port(): number {
    return this.#port;
  }

  /** For example `rtmp://127.0.0.1:1935/live`; a key belongs behind it. */
  get address(): string {
    const { host } = this.#options.receiver;
    return `rtmp://${host.includes(':') ? `[${host}]` : host}:${this.#port}/${RTMP_APP}`;
  }

  get numConnections(): number {
    return this.#numConnections;
  }

  get numPublishers(): number {
    return this.#feeds.size;
  }

  /** @throws {EvokedError} ERR_SERVER_ADDRESS, ERR_INGEST_RECEIVER */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
      this.#start();
    });
  }

  /** Closes the port and every connection; resolves when the process is gone. May be called twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.unsubscribe();
    this.#loseAll();
    this.#process?.stop();
    await this.#process?.exited;
  }

  #start(): void {
    const { receiver, watchdogMs, memoryLimitMb, scheduler, spawn } = this.#options;
    this.#startedAtMs = scheduler.now();
    this.#closed = {};
    this.#process = new ReceiverProcess({
      receiver: { ...receiver, port: this.#port },
      watchdogMs,
      memoryLimitMb,
      scheduler,
      ...(spawn && { spawn }),
      onReply: (reply) => this.#onReply(reply),
      onLost: (error) => this.#onLost(error),
    });
  }

  #onReply(reply: ReceiverReply): void {
    switch (reply.type) {
      case 'listening':
        this.#port = reply.port;
        this.#awaySinceMs = null;
        this.#options.events.listening();
        this.#started?.resolve();
        this.#started = null;
        break;
      case 'failed':
        this.#process?.stop();
        this.#onLost(cannotListen(this.#options.receiver.host, this.#port, reply.cause));
        break;
      case 'publish':
        this.#onPublish(reply.connection, reply.key, reply.address);
        break;
      case 'media':
        this.#feeds.get(reply.connection)?.write(reply.bytes);
        break;
      case 'gone':
        this.#feeds.get(reply.connection)?.lose();
        this.#feeds.delete(reply.connection);
        break;
      case 'status':
        this.#numConnections = reply.numConnections;
        this.#count(reply.closed);
        break;
    }
  }

  #onPublish(connection: number, key: string, address: string): void {
    const refusal = this.#tryPublish(connection, key, address);
    if (refusal === null) {
      this.#process?.send({ type: 'accept', connection });
    } else {
      this.#process?.send({ type: 'refuse', connection, description: REFUSALS[refusal] });
      this.#options.events.refused(refusal);
    }
  }

  #tryPublish(connection: number, key: string, address: string): PublishRefusal | null {
    // Strangers and senders may share an address, behind a proxy or a NAT: a right key is let in whatever others tried.
    const inlet = this.#options.inletOf(key);
    if (inlet === null) return this.#knocks.addWrong(address) ? 'unknown' : 'limited';
    const process = this.#process;
    try {
      const feed = new RtmpFeed(inlet, {
        credit: (numBytes) => process?.send({ type: 'credit', connection, numBytes }),
        over: () => process?.send({ type: 'close', connection }),
      });
      this.#feeds.set(connection, feed);
      return null;
    } catch (error) {
      return toEvokedError(error).code === 'ERR_INGEST_BUSY' ? 'busy' : 'failed';
    }
  }

  #count(closed: ClosedConnections): void {
    for (const [reason, total] of Object.entries(closed) as [RtmpCloseReason, number][]) {
      const more = total - (this.#closed[reason] ?? 0);
      if (more > 0) this.#options.events.closed(reason, more);
    }
    this.#closed = closed;
  }

  #onLost(error: EvokedError): void {
    this.#numConnections = 0;
    this.#loseAll();
    if (this.#isClosed) return;
    if (this.#started !== null) {
      this.#isClosed = true;
      this.#started.reject(error);
      this.#started = null;
      return;
    }
    const { scheduler, events } = this.#options;
    const nowMs = scheduler.now();
    if (nowMs - this.#startedAtMs >= SOUND_AFTER_MS) this.#backoff.reset();
    this.#awaySinceMs ??= nowMs;
    events.restarting(error);
    this.#timer = scheduler.schedule(() => this.#start(), this.#backoff.next(nowMs - this.#awaySinceMs));
  }

  #loseAll(): void {
    for (const feed of this.#feeds.values()) feed.lose();
    this.#feeds.clear();
  }
}

function cannotListen(host: string, port: number, cause: string): EvokedError {
  return new EvokedError('ERR_SERVER_ADDRESS', {
    what: 'cannot listen for RTMP',
    got: `${host}:${port} (${cause})`,
    expected: 'an address of this machine and a free port; rtmp.port 0 takes any',
  });
}
