import { describe, expect, it } from 'vitest';
import type { VerifyReport } from '../../src/server/offline/verify/verification.js';
import { makeMp4 } from '../fixtures/media.js';
import { runEvoked } from '../fixtures/run-evoked.js';

describe('evoked verify', () => {
  it('finds live scores of an MP4 to be those of one pass, a row a tower', async () => {
    const media = await makeMp4({ seconds: 4, width: 640, height: 360, texture: true, bFrames: 2 });
    const { code, stdout } = await runEvoked('verify', media, '--json');
    const report = JSON.parse(stdout) as VerifyReport;
    expect(code).toBe(0);
    expect(report).toMatchObject({ numSegments: 24, ok: true });
    for (const { tolerance, relative, maxAbs, ok } of report.rows) {
      expect(ok).toBe(true);
      expect(relative).toBeLessThanOrEqual(tolerance);
      if (tolerance === 0) expect(maxAbs).toBe(0);
    }
    expect(report.rows.map(({ check, tower, numScores }) => `${check} ${tower} ${numScores}`)).toEqual([
      'streaming-offline visual 24',
      'streaming-offline audio 24',
      'batch-alone visual 56',
      'batch-alone audio 56',
      'restored-uninterrupted visual 12',
      'restored-uninterrupted audio 12',
    ]);
  });

  it('prints a line a row, and stops at --limit', async () => {
    const { code, stdout } = await runEvoked('verify', 'film:3', '--limit', '1');
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^6 segments · pack /);
    expect(rows).toHaveLength(6);
    for (const row of rows) expect(row).toMatch(/^ok .*· (visual|audio) · \d+ scores · largest difference /);
  });

  it('says in one coded line why it cannot, and wrong usage by exit code 2', async () => {
    const run = await runEvoked('verify', '/no/such/file.mp4');
    expect(run.code).toBe(1);
    expect(run.stderr.trim()).toMatch(/^ERR_SOURCE_UNREACHABLE: .*$/);
    expect((await runEvoked('verify')).code).toBe(2);
    expect((await runEvoked('verify', 'film:1', '--limit', '0')).code).toBe(2);
  });
});
