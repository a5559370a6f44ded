import { expect, test } from 'vitest';
import { redactText } from '../../../src/streams/child/redact-text.js';

test('no credential of any URL in a text remains', () => {
  const text =
    "Connection to rtsp://admin:hunter2@cam/1 failed; tried 'http://h/a?token=abc&x=1' and srt://h:1?passphrase=xyz.";
  const redacted = redactText(text);
  expect(redacted).not.toMatch(/hunter2|admin|abc|xyz/);
  expect(redacted).toContain('@cam/1 failed');
  expect(redacted).toContain('x=1');
});

test('text without URLs stays as it is', () => {
  expect(redactText('No such file: /a/b@c?token')).toBe('No such file: /a/b@c?token');
});

test('what was redacted already stays, with the sentence around it', () => {
  const text = 'The sender has gone (srt://h:1?mode=listener&passphrase=***); got "rtsp://***@cam/1"';
  expect(redactText(text)).toBe(text);
});

test('of a secret in the middle of a sentence nothing remains, whatever is in it', () => {
  const url = 'srt://h:1?passphrase=a)b;c"d e';
  expect(redactText(`It has gone (${url}); got nothing`, url)).toBe(
    'It has gone (srt://h:1?passphrase=***); got nothing',
  );
  expect(redactText('It has gone (srt://h:1?passphrase=a)b;c); got nothing')).not.toMatch(/[abc]\)|b;/);
});
