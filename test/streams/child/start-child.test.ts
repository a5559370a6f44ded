import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { killChild, startChild, type PipedChild } from '../../../src/streams/child/start-child.js';

function start(...args: string[]): PipedChild {
  return startChild({ entry: 'cli/main', args, maxHeapMb: 64, environment: {} });
}

// Linux takes no argument of more than 128 KiB.
test.runIf(process.platform === 'linux')('what spawn throws is told as an error event', async () => {
  const numBefore = process.listenerCount('exit');
  const child = start('x'.repeat(200_000));
  expect(child.pid).toBeUndefined();
  const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('E2BIG');
  expect(process.listenerCount('exit')).toBe(numBefore);
  killChild(child);
});

test('children are killed when this process exits, as long as there are any', async () => {
  const numBefore = process.listenerCount('exit');
  const children = [start(), start()];
  onTestFinished(() => children.forEach(killChild));
  expect(process.listenerCount('exit')).toBe(numBefore + 1);
  const exits = children.map((child) => once(child, 'exit'));
  const killRunning = process.listeners('exit').at(-1)!;
  killRunning(0);
  for (const exit of exits) expect(await exit).toEqual([null, 'SIGKILL']);
  expect(process.listenerCount('exit')).toBe(numBefore);
});
