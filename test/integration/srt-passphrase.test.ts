import { afterEach, expect, test } from 'vitest';
import { freeUdpPort } from '../fixtures/listen.js';
import { sendLive, type LiveSender } from '../fixtures/live-sender.js';
import { watchSource, type Watched } from '../fixtures/watch-source.js';

const PASSPHRASE = 'a-passphrase-of-the-door';

const senders: LiveSender[] = [];
afterEach(async () => {
  await Promise.all(senders.splice(0).map((sender) => sender.stop()));
});

function call(port: number, query: string): LiveSender {
  const sender = sendLive(
    { keyIntervalFrames: 10 },
    { address: `srt://127.0.0.1:${port}?connect_timeout=5000${query}`, format: 'mpegts' },
  );
  senders.push(sender);
  return sender;
}

const frames =
  (count: number) =>
  (watched: Watched): boolean =>
    watched.frames.length >= count;

test('a listener with a passphrase takes nothing from callers without it, and goes on for the one that has it', async () => {
  const port = await freeUdpPort();
  const timeouts = { connectTimeoutMs: 500, readTimeoutMs: 1000 };
  const url = `srt://127.0.0.1:${port}?mode=listener&passphrase=${PASSPHRASE}`;
  const watching = watchSource(url, frames(6), timeouts);
  // Refused in the handshake: not one of them gets to send anything.
  await expect(call(port, '').sending).rejects.toThrow();
  await expect(call(port, '&passphrase=another-passphrase').sending).rejects.toThrow();
  call(port, `&passphrase=${PASSPHRASE}`);
  const { story, tracks, segments } = await watching;
  expect(story).toEqual(['connecting', 'live']);
  expect(tracks?.video?.codec).toBe('h264');
  expect(segments.filter(({ type }) => type === 'gap')).toEqual([]);
});
