import type { BenchRow } from '../../core/bench-row.js';
import { calibrationWaveform } from '../audio/calibration-waveform.js';
import { LogMel } from '../audio/log-mel.js';
import { measureMs } from '../../core/measure.js';

/** The log-mel front end on one segment. */
export async function run(): Promise<BenchRow[]> {
  const logMel = new LogMel();
  const waveforms = [calibrationWaveform('bench', 0)];
  const durations = await measureMs(() => logMel.compute(waveforms), { numRuns: 1000, numWarmUps: 200 });
  const floor =
    '0.07 ms: 0.2 M floating-point operations of FFT at 4 G/s, 4369 square roots, 1088 logarithms';
  return [{ name: 'log-mel, 1 segment', unit: 'ms', ...durations, floor }];
}
