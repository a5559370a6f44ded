import { FRAME_BYTES, FRAME_SIZE } from '../../core/time-grid.js';
import { seededUniform } from '../weights/seeded.js';

const WAVES_PER_CHANNEL = 2;
const HIGHEST_CYCLES = 8;
const NOISE_LEVELS = 60;

/**
 * A generated picture `[224, 224, 3]` uint8 with large shapes, edges, colour and some noise, as a stand-in for a frame of
 * film.
 */
export function calibrationFrame(seed: string, index: number): Uint8Array {
  const uniform = seededUniform(seed, `calibration-frame-${index}`);
  const frame = new Uint8Array(FRAME_BYTES);
  const noise = NOISE_LEVELS * ((uniform() + 1) / 2) ** 3;
  const [edgeX, edgeY, edgeOffset, edgeLevel] = [uniform(), uniform(), uniform() / 2, 60 * uniform()];
  for (let channel = 0; channel < 3; channel++) {
    const base = 128 + 70 * uniform();
    const waves = Array.from({ length: WAVES_PER_CHANNEL }, () => ({
      x: (Math.PI * HIGHEST_CYCLES * uniform()) / FRAME_SIZE,
      y: (Math.PI * HIGHEST_CYCLES * uniform()) / FRAME_SIZE,
      phase: Math.PI * uniform(),
      level: 50 * uniform(),
    }));
    for (let y = 0; y < FRAME_SIZE; y++) {
      for (let x = 0; x < FRAME_SIZE; x++) {
        const side =
          edgeX * (x / FRAME_SIZE - 0.5) + edgeY * (y / FRAME_SIZE - 0.5) > edgeOffset / 2 ? 1 : -1;
        let value = base + side * edgeLevel + noise * uniform();
        for (const wave of waves) value += wave.level * Math.sin(wave.x * x + wave.y * y + wave.phase);
        frame[(y * FRAME_SIZE + x) * 3 + channel] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  }
  return frame;
}
