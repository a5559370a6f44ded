import { setTimeout as delay } from 'node:timers/promises';
import type { AVCodecID } from 'node-av/constants';
import type { Packet } from 'node-av/lib';
import type { SourceKind } from '../source/source-schemes.js';
import { LivePacer, type ReserveOptions } from './live-pacer.js';
import { PacketQueue } from './packet-queue.js';
import type { PacketReader } from './packet-reader.js';
import type { Playback } from './playback.js';
import { SourceClock } from './source-clock.js';
import type { StallGuard } from './stall-guard.js';

/** A playlist's three newest media segments of ten seconds each, at 12 Mbit/s. */
const QUEUE_LIMITS = { bytes: 48 * 1024 * 1024, mediaMs: 30_000 } as const;

/** How often a wait looks for lag that has shown meanwhile. */
const LOOK_MS = 100;

/**
 * Live sources that come in bursts by their nature, and what of their reserve is lag. All others deliver in real time
 * and are not held up by anything.
 */
export const BURSTY_KINDS: ReadonlyMap<SourceKind, ReserveOptions> = new Map<SourceKind, ReserveOptions>([
  // Two of the longest usual media segments; players find new ones a second or so sooner or later.
  ['hls', { windowMs: 30_000, keptMs: 1000 }],
  // Servers send some seconds at once when a listener comes, and then in real time.
  ['http', { windowMs: 12_000, keptMs: 250 }],
]);

/** What is played, and who decodes it. */
export interface BurstOptions {
  readonly playback: Playback;
  readonly reader: PacketReader;
  readonly guard: StallGuard;
  readonly reserve: ReserveOptions;
  /** Decodes a packet that is due; the caller keeps it. */
  readonly take: (packet: Packet, codecId: AVCodecID) => Promise<void>;
}

/**
 * Plays a source that delivers in bursts at the speed of its own clock: reads ahead into a bounded queue, and hands out what
 * is due. Only an empty queue counts as silence.
 * @throws {EvokedError} ERR_SOURCE_*, after everything that was read is played
 */
export async function playBursts({ playback, reader, guard, reserve, take }: BurstOptions): Promise<void> {
  const { signal, clock, options } = playback;
  const pacer = new LivePacer(clock, reserve);
  const queue = new PacketQueue(QUEUE_LIMITS);
  const reading = readAhead(playback, reader, queue, pacer);
  try {
    for (;;) {
      if (queue.isEmpty) guard.begin(options.readTimeoutMs);
      const item = await queue.shift();
      guard.finish();
      if (item === null) return;
      try {
        await untilDue(pacer, item.mediaMs, signal);
        if (signal.aborted) return;
        await take(item.packet, item.codecId);
      } finally {
        item.packet.free();
      }
    }
  } finally {
    queue.close();
    // The source must not be closed while it is read.
    await reading;
  }
}

async function untilDue(pacer: LivePacer, mediaMs: number, signal: AbortSignal): Promise<void> {
  // Timers have whole milliseconds: less is not worth one.
  for (let waitMs = pacer.waitMs(mediaMs); waitMs >= 1 && !signal.aborted; waitMs = pacer.waitMs(mediaMs)) {
    await delay(Math.min(waitMs, LOOK_MS), undefined, { signal }).catch(() => undefined);
  }
}

async function readAhead(
  { av }: Playback,
  reader: PacketReader,
  queue: PacketQueue,
  pacer: LivePacer,
): Promise<void> {
  const clock = new SourceClock();
  const packet = new av.Packet();
  packet.alloc();
  try {
    while (await reader.read(packet)) {
      const mediaMs = clock.place(packet.streamIndex, reader.timeMs(packet));
      const held = packet.clone();
      const codecId = reader.codecOf(packet);
      const { streamIndex: track, size: numBytes } = packet;
      if (held !== null) queue.push({ packet: held, codecId, track, numBytes, mediaMs });
      pacer.arrived(mediaMs);
      packet.unref();
      await queue.room();
    }
    queue.end();
  } catch (error) {
    queue.end(error);
  } finally {
    packet.free();
  }
}
