import { expect, it } from 'vitest';
import type { PacketsDecoded } from '../../../src/core/media.js';
import { DecodeReport } from '../../../src/streams/decode/decode-report.js';

it('tells once a second what came since, and the rest at the end', () => {
  const told: PacketsDecoded[] = [];
  const visual = { packets: 0, whole: 0 };
  const report = new DecodeReport(
    () => ({ visual: { ...visual } }),
    (each) => told.push(each),
  );
  for (let i = 0; i < 63; i++) {
    visual.packets += 1;
    visual.whole += i % 3 === 0 ? 0 : 1;
    report.tick(i * 40);
  }
  report.finish();
  expect(told.map((each) => each.visual.packets)).toEqual([1, 25, 25, 12]);
  expect(told.reduce((sum, each) => sum + each.visual.whole, 0)).toBe(42);
  expect(told.map((each) => each.audio)).toEqual(told.map(() => ({ packets: 0, whole: 0 })));
});
