import { EvokedError } from '../../core/errors.js';
import type { StreamState } from '../../core/protocol.js';
import type { SourceOrigin } from '../../streams/policy/source-policy.js';
import { parseSource } from '../../streams/source/parse-source.js';
import { Session } from './session.js';
import type { RegistryOptions } from './session-options.js';

/** The streams of a server, by id. */
export class StreamRegistry {
  readonly #options: RegistryOptions;
  readonly #sessions: Map<string, Session>;

  /** @param sessions where they are kept; shared with the metrics, which exist before the registry */
  constructor(options: RegistryOptions, sessions: Map<string, Session>) {
    this.#options = options;
    this.#sessions = sessions;
  }

  get all(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /**
   * @param origin who named the source
   * @throws {EvokedError} ERR_STREAM_EXISTS, ERR_STREAM_LIMIT, ERR_SOURCE_URL, ERR_SOURCE_FORBIDDEN, ERR_SOURCE_DEVICE
   */
  add(id: string, url: string, origin: SourceOrigin): Session {
    const { maxStreams } = this.#options.config;
    if (this.#sessions.has(id)) {
      throw new EvokedError('ERR_STREAM_EXISTS', { what: 'there is a stream of this id already', got: id });
    }
    if (this.#sessions.size >= maxStreams) {
      throw new EvokedError('ERR_STREAM_LIMIT', {
        what: 'the server runs as many streams as it may',
        got: `${maxStreams} streams`,
        expected: 'one to be removed first, or a larger maxStreams',
      });
    }
    this.#requireFreeKey(url, null);
    const abandoned = (): void => this.#removeAbandoned(id);
    const session = new Session({ ...this.#options, id, url, origin, abandoned });
    this.#sessions.set(id, session);
    return session;
  }

  /** @throws {EvokedError} ERR_STREAM_NOT_FOUND */
  get(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) {
      const got = JSON.stringify(id.slice(0, 64));
      throw new EvokedError('ERR_STREAM_NOT_FOUND', { what: 'there is no stream of this id', got });
    }
    return session;
  }

  /** The stream that senders of this key push into; null where there is none. */
  findByKey(key: string): Session | null {
    return this.all.find((session) => session.hasKey(key)) ?? null;
  }

  /**
   * Gives a stream another source, which a request names.
   * @throws {EvokedError} ERR_STREAM_NOT_FOUND, ERR_STREAM_EXISTS, ERR_SOURCE_URL, ERR_SOURCE_FORBIDDEN, ERR_SOURCE_DEVICE; the
   *   stream then goes on as it was
   */
  change(id: string, url: string): void {
    const session = this.get(id);
    this.#requireFreeKey(url, session);
    session.change(url);
  }

  /** @throws {EvokedError} ERR_STREAM_NOT_FOUND */
  remove(id: string): void {
    this.#remove(id, 'removed');
  }

  /** Ends all streams. */
  closeAll(reason: string): void {
    for (const session of this.#sessions.values()) session.close(reason);
    this.#sessions.clear();
  }

  #removeAbandoned(id: string): void {
    const { config, metrics } = this.#options;
    metrics.abandoned();
    this.#remove(id, 'abandoned', `nobody has pushed anything for ${config.ingest.abandonSeconds} s`);
  }

  #remove(id: string, reason: string, detail = ''): void {
    this.get(id).close(reason, detail);
    this.#sessions.delete(id);
  }

  /** @param owner the stream that may have the key already */
  #requireFreeKey(url: string, owner: Session | null): void {
    const { kind, target } = parseSource(url, null);
    if (kind !== 'push') return;
    const holder = this.findByKey(target);
    if (holder === null || holder === owner) return;
    throw new EvokedError('ERR_STREAM_EXISTS', { what: 'another stream has this key' });
  }
}

/** Number of sessions in each state. */
export function countStates(sessions: Iterable<Session>): Map<StreamState, number> {
  const counts = new Map<StreamState, number>();
  for (const { status } of sessions) counts.set(status.state, (counts.get(status.state) ?? 0) + 1);
  return counts;
}
