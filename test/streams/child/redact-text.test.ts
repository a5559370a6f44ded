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
