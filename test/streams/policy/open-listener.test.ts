import { describe, expect, test } from 'vitest';
import { refuseOpenListener } from '../../../src/streams/policy/open-listener.js';
import { parseSource } from '../../../src/streams/source/parse-source.js';

function check(url: string, allowOpen = false): () => void {
  return () => refuseOpenListener(parseSource(url, null), allowOpen);
}

const forbidden = expect.objectContaining({ code: 'ERR_SOURCE_FORBIDDEN' }) as unknown as Error;
const badUrl = expect.objectContaining({ code: 'ERR_SOURCE_URL' }) as unknown as Error;

describe('where anybody could send', () => {
  test.each([
    'srt://0.0.0.0:9000?mode=listener',
    'srt://:9000?mode=listener',
    'srt://[::]:9000?mode=listener',
    'srt://192.168.0.2:9000?mode=listener&passphrase=0123456789&enforced_encryption=0',
    'srt://studio.example:9000?mode=listener',
    'rtmp://0.0.0.0/live/key?listen=1',
    'rtmp://0.0.0.0/live/key?listen=1&passphrase=0123456789',
    'udp://0.0.0.0:5000',
    'udp://@:5000',
    // A fragment for browsers; FFmpeg goes on reading.
    'srt://0.0.0.0:9000?streamid=#a&mode=listener',
    'srt://0.0.0.0:9000#?mode=listener',
    'srt://0.0.0.0:9000?streamid=a?passphrase=0123456789&mode=listener',
    'udp://127.0.0.1:5000?localaddr=0.0.0.0',
  ])('%s is refused unless the operator wants it so', (url) => {
    expect(check(url)).toThrow(forbidden);
    expect(check(url, true)).not.toThrow();
  });
});

test.each([
  'srt://0.0.0.0:9000?mode=listener&passphrase=0123456789',
  'srt://127.0.0.1:9000?mode=listener',
  'srt://[::1]:9000?mode=listener',
  'srt://localhost:9000?mode=listener',
  'srt://192.0.2.7:9000',
  'rtmp://127.0.0.1/live/key?listen=1',
  'rtmp://192.0.2.7/live/key',
  'udp://127.0.0.1:5000',
  'udp://239.1.2.3:5000',
  'rtsp://192.0.2.7/live',
  'film:1',
  'push:the-key-of-the-door',
])('%s is not', (url) => {
  expect(check(url)).not.toThrow();
});

test.each([
  'srt://0.0.0.0:9000?mode=listener&passphrase=0123456789&enforced_encryption=1',
  'srt://0.0.0.0:9000?mode=listener&passphrase=a%26b%2501234567',
  'udp://239.1.2.3:5000?localaddr=192.168.0.2',
  'udp://0.0.0.0:5000?localaddr=127.0.0.1',
])('%s is closed, too', (url) => {
  expect(check(url)).not.toThrow();
});

test.each(['%00123456789', '0123456789%00', '01234%zz6789', '%ff%ff%ff%ff%ff%ff%ff%ff%ff%ff'])(
  'a passphrase that FFmpeg would decode to something else is none: %s',
  (passphrase) => {
    const run = check(`srt://0.0.0.0:9000?mode=listener&passphrase=${passphrase}`);
    expect(run).toThrow(badUrl);
    expect(run).not.toThrow(passphrase);
  },
);

test('a passphrase that SRT does not take is named by its length alone', () => {
  for (const passphrase of ['short', 'x'.repeat(80)]) {
    const run = check(`srt://0.0.0.0:9000?mode=listener&passphrase=${passphrase}`, true);
    expect(run).toThrow(badUrl);
    expect(run).toThrow(`${passphrase.length} characters`);
    expect(run).not.toThrow(passphrase);
  }
});
