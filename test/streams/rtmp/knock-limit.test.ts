import { expect, it } from 'vitest';
import { KnockLimit } from '../../../src/streams/rtmp/knock-limit.js';

it('allows an address so many wrong keys a minute, and others theirs', () => {
  let nowMs = 0;
  const limit = new KnockLimit(() => nowMs, 3);
  const knock = (address: string, times: number) =>
    Array.from({ length: times }, () => limit.addWrong(address));
  expect(knock('a', 4)).toEqual([true, true, true, false]);
  expect(knock('b', 1)).toEqual([true]);
  nowMs = 59_999;
  expect(knock('a', 1)).toEqual([false]);
  nowMs = 60_000;
  expect(knock('a', 4)).toEqual([true, true, true, false]);
});
