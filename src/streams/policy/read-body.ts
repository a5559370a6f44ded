import { Readable } from 'node:stream';

/**
 * The body of an answer: as text where it begins with `start`, else as a stream of all of it.
 * @throws {Error} where text is longer than `maxBytes`, or the stream breaks before it can be told
 */
export async function readBody(
  answer: Readable,
  start: string,
  maxBytes: number,
): Promise<string | Readable> {
  const chunks: Buffer[] = [];
  let numBytes = 0;
  const iterator = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let isText = false;
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) return isText ? Buffer.concat(chunks).toString('utf8') : Readable.from(chunks);
    chunks.push(next.value);
    numBytes += next.value.length;
    if (!isText && numBytes >= start.length) {
      isText = Buffer.concat(chunks).toString('latin1', 0, start.length) === start;
      if (!isText) return Readable.from(continued(chunks, iterator));
    }
    if (numBytes > maxBytes) throw new Error(`more than ${maxBytes} bytes of text`);
  }
}

async function* continued(
  chunks: readonly Buffer[],
  iterator: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer> {
  yield* chunks;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
}
