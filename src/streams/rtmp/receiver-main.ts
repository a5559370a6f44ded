import { closeInherited } from '../child/close-inherited.js';
import { openStandardOutput } from '../decode/media-output.js';
import { WireReader } from '../wire/framing.js';
import { Listener } from './listener.js';
import { decodeRequest, encodeReply, REQUEST_LIMITS } from './receiver-wire.js';

/** Often enough for the shortest sensible watchdog. */
const HEARTBEAT_MS = 400;

closeInherited(3);

const stdout = openStandardOutput();
let listener: Listener | undefined;

const reader = new WireReader(REQUEST_LIMITS, (_kind, body) => {
  const request = decodeRequest(body);
  if (request.type !== 'open') {
    listener?.onRequest(request);
  } else if (listener === undefined) {
    listener = new Listener(request.options, (reply) => stdout.write(encodeReply(reply)));
    listener.listen();
  }
});

/** A sign of life, unless unread bytes are one already. */
function sendStatus(): void {
  if (listener === undefined || stdout.writableLength > 0) return;
  const { numConnections, closed } = listener;
  const residentBytes = process.memoryUsage.rss();
  stdout.write(encodeReply({ type: 'status', numConnections, closed, residentBytes }));
}

process.stdin.on('data', (chunk: Buffer) => reader.push(chunk));
// The server is gone, or does not want anything more.
process.stdin.on('end', () => process.exit());
process.stdin.on('error', () => process.exit());
setInterval(sendStatus, HEARTBEAT_MS);
