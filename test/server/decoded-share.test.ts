import { expect, it } from 'vitest';
import { DecodedShare } from '../../src/server/session/decoded-share.js';

it('is of the last minute, also where no report comes any more', () => {
  let nowMs = 0;
  const share = new DecodedShare(() => nowMs);
  const add = (packets: number, whole: number) =>
    share.add({ type: 'decoded', visual: { packets, whole }, audio: { packets: 0, whole: 0 } });
  add(10, 0);
  nowMs = 30_000;
  add(10, 10);
  expect([share.of('visual'), share.of('audio')]).toEqual([0.5, null]);
  nowMs = 60_000;
  expect(share.of('visual')).toBe(1);
  nowMs = 90_000;
  expect(share.of('visual')).toBeNull();
});
