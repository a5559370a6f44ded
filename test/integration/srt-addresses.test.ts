import { expect, onTestFinished, test } from 'vitest';
import { inputTarget } from '../../src/streams/decode/input-target.js';
import { loadNodeAv } from '../../src/streams/decode/load-node-av.js';
import { openContext } from '../../src/streams/decode/open-context.js';
import { parseSource } from '../../src/streams/source/parse-source.js';
import { fileOptions } from '../fixtures/decode.js';
import { freeUdpPort } from '../fixtures/listen.js';
import { sendLive } from '../fixtures/live-sender.js';

test('a source that is not at the first address of its name is opened at the next', async () => {
  const port = await freeUdpPort();
  const sender = sendLive(
    { keyIntervalFrames: 10 },
    { address: `srt://127.0.0.1:${port}?mode=listener`, format: 'mpegts' },
  );
  onTestFinished(() => sender.stop());
  const url = `srt://127.0.0.9:${port}?connect_timeout=300`;
  const spec = parseSource(url, null);
  const target = inputTarget(spec, fileOptions(url), 'linux');
  const av = await loadNodeAv();
  await expect(openContext(av, spec, target)).rejects.toMatchObject({ code: 'ERR_SOURCE_UNREACHABLE' });
  const otherAddresses = [`srt://127.0.0.8:${port}?connect_timeout=300`, `srt://127.0.0.1:${port}`];
  const context = await openContext(av, spec, { ...target, otherAddresses });
  onTestFinished(() => context.closeInput());
  expect(context.streams.length).toBeGreaterThan(0);
});
