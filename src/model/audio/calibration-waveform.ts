import { MAX_SEGMENT_SAMPLES, SAMPLE_RATE_HZ } from '../../core/time-grid.js';
import { seededUniform } from '../weights/seeded.js';

const NUM_PARTIALS = 8;

/**
 * A generated segment of 2667 samples as a stand-in for one of film sound: a harmonic tone of random pitch with some
 * noise, at levels from a whisper to full scale.
 */
export function calibrationWaveform(seed: string, index: number): Float32Array {
  const uniform = seededUniform(seed, `calibration-waveform-${index}`);
  const level = 10 ** (1.5 * (uniform() - 1));
  const pitchHz = 220 * 2 ** (1.5 * uniform());
  const noise = 0.3 * (uniform() + 1) ** 2;
  const partials = Array.from({ length: NUM_PARTIALS }, (_, i) => ({
    radiansPerSample: (2 * Math.PI * pitchHz * (i + 1)) / SAMPLE_RATE_HZ,
    phase: Math.PI * uniform(),
    level: (uniform() + 1) / (2 * (i + 1)),
  }));
  return Float32Array.from({ length: MAX_SEGMENT_SAMPLES }, (_, sample) => {
    let value = noise * uniform();
    for (const partial of partials) {
      value += partial.level * Math.sin(partial.radiansPerSample * sample + partial.phase);
    }
    return level * value;
  });
}
