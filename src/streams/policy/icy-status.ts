import { Duplex, Transform } from 'node:stream';

const ICY = 'ICY ';

/** Older internet radio answers `ICY 200 OK`, which is HTTP/1.0 but for the word. */
export function mendStatusLine(socket: Duplex): Duplex {
  let start: Buffer | null = Buffer.alloc(0);
  const mend = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      if (start === null) {
        next(null, chunk);
        return;
      }
      start = Buffer.concat([start, chunk]);
      if (start.length < ICY.length) {
        next();
        return;
      }
      const isIcy = start.toString('latin1', 0, ICY.length) === ICY;
      const mended = isIcy ? Buffer.concat([Buffer.from('HTTP/1.0 '), start.subarray(ICY.length)]) : start;
      start = null;
      next(null, mended);
    },
  });
  socket.on('error', (error) => mend.destroy(error));
  return Duplex.from({ readable: socket.pipe(mend), writable: socket });
}
