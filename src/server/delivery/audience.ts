import type { SchedulerLike } from 'rxjs';
import type { ServerMessage } from '../../core/protocol.js';
import type { ScoreEvent } from '../../core/score.js';
import { History } from './history.js';
import type { Position } from './since.js';
import { Subscriber, type MessageSink, type SubscriberEvents, type SubscriptionEnd } from './subscriber.js';
import { WireMessage } from './wire-message.js';

/** How long a subscriber may take to read what is left when its stream ends. */
export const DRAIN_MS = 2000;

/** The history of a stream and everyone who reads it. */
export class Audience {
  readonly #history: History;
  readonly #subscribers = new Set<Subscriber>();
  readonly #events: SubscriberEvents;
  readonly #scheduler: SchedulerLike;
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
    };
  }

  publish(event: ScoreEvent): void {
    this.#history.add(event);
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
    for (const subscriber of subscribers) subscriber.finish(end);
    const late = subscribers.filter((subscriber) => !subscriber.closed);
    if (late.length === 0) return;
    this.#scheduler.schedule(() => {
      for (const subscriber of late) subscriber.abort(end);
    }, DRAIN_MS);
  }
}
