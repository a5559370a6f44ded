import { expect, it } from 'vitest';
import type { ServerMessage } from '../../src/core/protocol.js';
import { wireFaults } from '../fixtures/check-wire-rules.js';
import { segmentStartUs } from '../../src/core/time-grid.js';
import { fakeScore } from './fake-engine.js';

const epoch = (number: number): ServerMessage => ({ type: 'epoch', epoch: number, reason: 'start' });
const gap = (of: number, fromSeq: number, toSeq: number): ServerMessage => ({
  ...{ type: 'gap', epoch: of, fromSeq, toSeq, reason: 'source' },
});
const score = (of: number, seq: number, ptsUs = segmentStartUs(seq)): ServerMessage =>
  fakeScore({ epoch: of, seq, ptsUs, capturedAtMs: 0 });

it('finds nothing wrong with what is right', () => {
  expect(
    wireFaults([epoch(0), gap(0, 0, 4), score(0, 5), score(0, 6), epoch(2), score(2, 0), gap(2, 1, 1)]),
  ).toEqual([]);
  expect(wireFaults([score(3, 17), score(3, 18), epoch(4), score(4, 0)])).toEqual([]);
});

it.each<[string, ServerMessage[]]>([
  ['a score twice', [epoch(0), score(0, 0), score(0, 0)]],
  ['a score left out', [epoch(0), score(0, 0), score(0, 2)]],
  ['a score inside a gap', [epoch(0), gap(0, 0, 3), score(0, 3)]],
  ['a gap that ends before it begins', [epoch(0), score(0, 0), gap(0, 1, 0)]],
  ['an epoch that does not start at 0', [epoch(0), score(0, 1)]],
  ['an epoch twice', [epoch(0), score(0, 0), epoch(0), score(0, 0)]],
  ['a score of an epoch that nobody opened', [epoch(0), score(0, 0), score(1, 1)]],
  ['a wrong time', [epoch(0), score(0, 0, 1)]],
])('finds %s', (_, messages) => {
  expect(wireFaults(messages)).toHaveLength(1);
});
