import type { SchedulerLike, Subscription } from 'rxjs';
import type { ServerMessage, SessionEvent } from '../../core/protocol.js';
import { History } from './history.js';
import type { Position } from './since.js';
import { Subscriber, type MessageSink, type SubscriberEvents, type SubscriptionEnd } from './subscriber.js';
import { WireMessage } from './wire-message.js';

/** How long a connection may take to close, and a server to tell its subscribers that it stops. */
export const DRAIN_MS = 2000;

/** A subscriber that takes nothing for this long does not get the rest of a stream that is over. */
export const STALL_MS = 10_000;

/** The history of a stream and everyone who reads it. */
export class Audience {
  readonly #history: History;
  readonly #subscribers = new Set<Subscriber>();
  readonly #events: SubscriberEvents;
  readonly #scheduler: SchedulerLike;
  readonly #cutOffs = new Map<Subscriber, Subscription>();
  #end: SubscriptionEnd | null = null;

  /** @param historyMessages how many messages `?since=` can resume over */
  constructor(historyMessages: number, events: SubscriberEvents, scheduler: SchedulerLike) {
    this.#history = new History(historyMessages);
    this.#events = events;
    this.#scheduler = scheduler;
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** The oldest position that can be resumed from without loss; null while nothing was published. */
  get oldestPosition(): Position | null {
    return this.#history.oldestPosition;
  }

  /**
   * @param since the last message that the client has; null starts with the next one
   * @param greeting sent before everything else
   * @returns a function to call when the connection is gone
   */
  join(sink: MessageSink, since: Position | null, greeting: readonly ServerMessage[]): () => void {
    const first = greeting.map((message) => new WireMessage(message));
    const subscriber = new Subscriber(this.#history, sink, this.#events, since, first);
    this.#subscribers.add(subscriber);
    if (this.#end !== null) this.#finish([subscriber], this.#end);
    return () => {
      subscriber.detach();
      this.#subscribers.delete(subscriber);
      this.#cutOffs.get(subscriber)?.unsubscribe();
      this.#cutOffs.delete(subscriber);
    };
  }

  publish(event: SessionEvent): void {
    this.#history.add(event, this.#scheduler.now());
    for (const subscriber of this.#subscribers) subscriber.advance();
  }

  /** Sends a message that is not kept. */
  notify(message: ServerMessage): void {
    const wire = new WireMessage(message);
    for (const subscriber of this.#subscribers) subscriber.notify(wire);
  }

  /** Ends every subscription after what is still to be read, and those to come, until `reopen`. */
  finish(end: SubscriptionEnd): void {
    this.#end = end;
    this.#finish([...this.#subscribers], end);
  }

  reopen(): void {
    this.#end = null;
  }

  #finish(subscribers: readonly Subscriber[], end: SubscriptionEnd): void {
    for (const subscriber of subscribers) {
      subscriber.finish(end);
      if (!this.#cutOffs.has(subscriber)) this.#cutOffWhenStalled(subscriber);
    }
  }

  /** Nobody who still reads is told of the end before all that came before it. */
  #cutOffWhenStalled(subscriber: Subscriber): void {
    if (subscriber.closed) return;
    const leftBefore = subscriber.numLeft;
    const cutOff = this.#scheduler.schedule(() => {
      if (subscriber.numLeft === leftBefore) subscriber.abortAsSlow();
      this.#cutOffWhenStalled(subscriber);
    }, STALL_MS);
    this.#cutOffs.set(subscriber, cutOff);
  }
}
