import { Amf0Reader, type Amf0Value } from './amf0.js';
import { ChunkReader } from './chunk-reader.js';
import {
  encodeAcknowledgement,
  encodeCommand,
  encodeStreamBegin,
  encodeWindow,
  statusOf,
} from './chunk-writer.js';
import { FLV_HEADER, flvTag } from './flv.js';
import { Handshake } from './handshake.js';
import { MESSAGE, type RtmpMessage } from './message.js';
import { RtmpViolation } from './rtmp-violation.js';

/** Name of the application in `rtmp://HOST/live/KEY`. */
export const RTMP_APP = 'live';

/** Longest message before a key was accepted, in bytes, and all that may come until then. */
const MAX_COMMAND_BYTES = 16 * 1024;
const MAX_STRANGER_BYTES = 256 * 1024;

/** Longest message of a publisher in bytes: one picture of 4K at any sane rate. */
export const MAX_MEDIA_BYTES = 8 * 1024 * 1024;

/** Longest key that is looked up. */
const MAX_KEY_CHARACTERS = 256;

/** Either side is told of the bytes it sent after each so many. */
const WINDOW_BYTES = 2_500_000;

/** What a publisher does to the outside. */
export interface PublisherEvents {
  /** Bytes for the peer. */
  send(bytes: Buffer): void;
  /** The peer wants to publish with this key: to be answered by `accept` or `refuse`. */
  publish(key: string): void;
  /** The next bytes of an FLV file. */
  media(bytes: Buffer): void;
  /** Nothing more will come: the connection is to be closed once what was sent has gone out. */
  done(reason: 'goodbye' | 'refused'): void;
}

/**
 * One connection, seen from behind its socket: bytes of RTMP in; FLV out, once its key was accepted. Knows no sockets and no
 * time.
 */
export class Publisher {
  readonly #events: PublisherEvents;
  readonly #handshake: Handshake;
  readonly #chunks: ChunkReader;
  #state: 'handshake' | 'commands' | 'asking' | 'publishing' | 'done' = 'handshake';
  /** What came behind the wish to publish while that is being decided. */
  #held: Buffer = Buffer.alloc(0);
  #isConnected = false;
  #streamId = 1;
  #numReceived = 0;
  #numAcknowledged = 0;

  constructor(events: PublisherEvents) {
    this.#events = events;
    this.#handshake = new Handshake((bytes) => events.send(bytes));
    this.#chunks = new ChunkReader(MAX_COMMAND_BYTES, (message) => this.#onMessage(message));
  }

  /**
   * Takes the next bytes of the peer. While a key is being decided upon they are kept: the caller stops reading meanwhile.
   * @throws {RtmpViolation}
   */
  push(bytes: Buffer): void {
    this.#numReceived += bytes.length;
    if (this.#state !== 'publishing' && this.#numReceived > MAX_STRANGER_BYTES) {
      throw new RtmpViolation('too much came before a key was accepted');
    }
    this.#acknowledge();
    this.#read(bytes);
  }

  /** The key is good: media is taken from now on, and what came meanwhile is read. */
  accept(): void {
    if (this.#state !== 'asking') return;
    this.#state = 'publishing';
    this.#chunks.maxMessageBytes = MAX_MEDIA_BYTES;
    this.#events.send(encodeStreamBegin(this.#streamId));
    this.#status('status', 'NetStream.Publish.Start', 'The stream is being received.');
    this.#events.media(FLV_HEADER);
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    this.#read(held);
  }

  /** The key is not good, or not now. */
  refuse(description: string): void {
    if (this.#state !== 'asking') return;
    this.#status('error', 'NetStream.Publish.BadName', description);
    this.#finish('refused');
  }

  #read(bytes: Buffer): void {
    let data: Buffer | null = bytes;
    if (this.#state === 'handshake') {
      data = this.#handshake.push(data);
      if (data === null) return;
      this.#state = 'commands';
    }
    if (this.#state === 'asking') this.#held = Buffer.concat([this.#held, data]);
    else if (this.#state !== 'done') this.#held = this.#chunks.push(data);
  }

  #onMessage(message: RtmpMessage): boolean {
    switch (message.type) {
      case MESSAGE.audio:
      case MESSAGE.video:
        if (this.#state === 'publishing' && message.body.length > 0) this.#events.media(flvTag(message));
        break;
      case MESSAGE.command:
        this.#onCommand(message.streamId, message.body);
        break;
      case MESSAGE.amf3Command:
        // The same behind one byte, whatever version the peer says that it speaks.
        this.#onCommand(message.streamId, message.body.subarray(1));
        break;
    }
    return this.#state !== 'asking' && this.#state !== 'done';
  }

  #onCommand(streamId: number, body: Buffer): void {
    const values = new Amf0Reader(body);
    const name = values.next();
    const transaction = values.next();
    if (typeof name !== 'string' || typeof transaction !== 'number') {
      throw new RtmpViolation('a command has no name or number');
    }
    switch (name) {
      case 'connect':
        this.#connect(transaction, values.next());
        return;
      case 'createStream':
        this.#events.send(encodeCommand(0, '_result', transaction, null, 1));
        return;
      case 'publish':
        values.next();
        this.#publish(streamId, values.next());
        return;
      case 'play':
        this.#streamId = streamId;
        this.#status('error', 'NetStream.Play.StreamNotFound', 'Nothing is played from here.');
        this.#finish('refused');
        return;
      case 'FCUnpublish':
      case 'closeStream':
      case 'deleteStream':
        if (this.#state !== 'publishing') return;
        this.#status('status', 'NetStream.Unpublish.Success', 'The stream is not received any more.');
        this.#finish('goodbye');
        return;
      default:
        if (transaction > 0) this.#events.send(encodeCommand(0, '_result', transaction, null));
    }
  }

  #connect(transaction: number, about: Amf0Value): void {
    const app = about instanceof Map ? (about as ReadonlyMap<string, Amf0Value>).get('app') : undefined;
    if (typeof app !== 'string' || app.replace(/\/$/, '') !== RTMP_APP) {
      const description = `The address is rtmp://HOST/${RTMP_APP}/KEY.`;
      const status = statusOf('error', 'NetConnection.Connect.InvalidApp', description);
      this.#events.send(encodeCommand(0, '_error', transaction, null, status));
      this.#finish('refused');
      return;
    }
    this.#isConnected = true;
    this.#events.send(encodeWindow(WINDOW_BYTES));
    const status = statusOf('status', 'NetConnection.Connect.Success', 'Connected.');
    this.#events.send(
      encodeCommand(0, '_result', transaction, { fmsVer: 'FMS/3,0,1,123', capabilities: 31 }, status),
    );
  }

  #publish(streamId: number, name: Amf0Value): void {
    if (!this.#isConnected || this.#state !== 'commands')
      throw new RtmpViolation('publish comes out of turn');
    this.#streamId = streamId;
    this.#state = 'asking';
    // Some encoders append parameters of their own.
    const key = typeof name === 'string' ? (name.split('?', 1)[0] ?? '') : '';
    if (key === '' || key.length > MAX_KEY_CHARACTERS) this.refuse('There is no stream of this key.');
    else this.#events.publish(key);
  }

  #status(level: 'status' | 'error', code: string, description: string): void {
    const status = statusOf(level, code, description);
    this.#events.send(encodeCommand(this.#streamId, 'onStatus', 0, null, status));
  }

  #finish(reason: 'goodbye' | 'refused'): void {
    this.#state = 'done';
    this.#events.done(reason);
  }

  #acknowledge(): void {
    if (this.#state === 'handshake' || this.#numReceived - this.#numAcknowledged < WINDOW_BYTES) return;
    this.#numAcknowledged = this.#numReceived;
    this.#events.send(encodeAcknowledgement(this.#numReceived));
  }
}
