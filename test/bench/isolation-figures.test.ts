import { expect, it } from 'vitest';
import { isolationRows, type Round } from '../../src/bench/isolation-figures.js';

it('tells each phase, its difference from the quiet ones, and what is missing', () => {
  const round: Round = {
    quiet: [20, 20, 20, 30],
    SIGKILL: [20, 20, 24, 50],
    'quiet again': [20, 20, 20, 32],
    SIGSTOP: [20, 20, 20, 31],
  };
  const rows = isolationRows({
    rounds: [round, round, round],
    bystanders: [
      { numScores: 24, numMissing: 0, numGaps: 0, numRestarts: 0 },
      { numScores: 24, numMissing: 2, numGaps: 1, numRestarts: 0 },
    ],
    backAfterMs: { SIGKILL: [800, 900, 1000], SIGSTOP: [3600] },
  });
  const p99s = rows.flatMap(({ p99 }) => p99 ?? []);
  expect(p99s).toEqual([32, 50, 31]);
  const [, kill, , killed, stopped, control, missing, backAfterKill] = rows;
  expect(kill).toMatchObject({ median: 20, note: 'max 50 ms, 12 scores' });
  expect([killed, stopped, control].map((row) => row?.median)).toEqual([18, -1, 2]);
  expect(killed?.note).toBe('95 % interval 18.0 to 18.0 ms, 3 rounds');
  expect(missing).toMatchObject({ median: 2, note: 'of 48 of 2 streams, in 1 gaps; 0 new epochs' });
  expect(backAfterKill).toMatchObject({ median: 900, note: 'worst of 3: 1000 ms' });
});
