import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SocketClient } from './socket-client.js';
import { startTestServer } from './test-server.js';

describe('a client that stops reading', () => {
  it('is closed and counted, while another one misses nothing', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    const path = '/v1/streams/door/scores';
    const fine = new SocketClient(test.baseUrl + path);
    const slow = connect({ port: test.server.port, host: '127.0.0.1' });
    slow.on('error', () => undefined);
    slow.pause();
    slow.write(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await fine.until(({ texts }) => texts.length > 0);
    const numSubscribers = async (): Promise<number> =>
      ((await (await test.fetch('/v1/streams/door')).json()) as { subscribers: number }).subscribers;
    while ((await numSubscribers()) < 2) await new Promise(setImmediate);
    const input = test.opened();
    // Enough to fill what the operating system buffers for the slow one.
    let numFed = 0;
    const numSlow = async (): Promise<string> =>
      /evoked_slow_subscribers_total (\d+)/.exec(await (await test.fetch('/metrics')).text())?.[1] ?? '';
    while ((await numSlow()) === '0') {
      for (let i = 0; i < 250; i++) {
        input.feed(1);
        numFed += 1;
        await fine.until(({ ordered }) => ordered.length >= numFed + 1);
      }
      expect(numFed).toBeLessThan(40_000);
    }
    const seqs = fine.messages.flatMap((message) => (message.type === 'score' ? [message.seq] : []));
    expect(seqs).toEqual(Array.from({ length: numFed }, (_, seq) => seq));
    expect(fine.closeCode).toBeNull();
    expect(test.log.join()).toContain('reads too slowly');
    while ((await numSubscribers()) > 1) await new Promise(setImmediate);
    slow.destroy();
  }, 120_000);
});
