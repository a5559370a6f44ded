import { expect, test } from 'vitest';
import { redactUrl } from '../../src/core/redact-url.js';

test.each([
  ['rtsp://user:word@cam.example/live', 'rtsp://***@cam.example/live'],
  [
    'srt://0.0.0.0:9000?mode=listener&passphrase=0123456789',
    'srt://0.0.0.0:9000?mode=listener&passphrase=***',
  ],
  ['srt://h:9000?streamid=door&latency=200', 'srt://h:9000?streamid=***&latency=200'],
  ['srt://h:9000?mode=caller&streamid=#!::u=me,s=word', 'srt://h:9000?mode=caller&streamid=***'],
  ['srt://h:9000?passphrase=01234#56789&mode=caller', 'srt://h:9000?passphrase=***&mode=caller'],
  ['https://h/live?accessToken=abc&page=2', 'https://h/live?accessToken=***&page=2'],
])('%s is shown as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
});
