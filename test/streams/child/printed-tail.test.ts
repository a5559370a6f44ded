import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PrintedTail } from '../../../src/streams/child/printed-tail.js';

async function printed(...chunks: string[]): Promise<string> {
  const stderr = new PassThrough();
  const tail = new PrintedTail(stderr);
  for (const chunk of chunks) stderr.write(chunk);
  await nextTurn();
  return tail.after('SIGABRT');
}

test('what was printed stands behind the end, on one line and without credentials', async () => {
  expect(await printed()).toBe('SIGABRT');
  const text = await printed('free(): invalid\n', '  pointer in rtsp://user:secret@camera/live\n');
  expect(text).toMatch(/^SIGABRT and "free\(\): invalid pointer in rtsp:\/\/\S*camera\/live"$/);
  expect(text).not.toContain('secret');
});

test('only the last of it is kept, and no half of a word', async () => {
  const text = await printed('x'.repeat(900), ` ${'word '.repeat(60)}`, 'last');
  expect(text.length).toBeLessThan(520);
  expect(text).toMatch(/^SIGABRT and "word (word )*last"$/);
  const rest = ' '.padEnd(490, 'abc ');
  expect(await printed(`rtsp://user:secret@camera${rest}`)).not.toMatch(/secret|cret|camera/);
});
