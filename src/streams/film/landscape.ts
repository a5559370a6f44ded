import { hsl, mix, type Canvas } from './canvas.js';
import type { Scene } from './scene.js';
import { noiseAt } from './seeded-noise.js';

const HILLS = [
  { level: 0.62, swing: 0.07, pace: 14, shade: 0.34 },
  { level: 0.78, swing: 0.05, pace: 38, shade: 0.22 },
] as const;

const MAX_STREAKS = 90;

/**
 * Sky, sun and two ranges of hills that pass by, and streaks of speed where the scene has energy.
 * @param seconds since the start of the scene
 * @param brightness the light at that time, in [0, 1]
 */
export function drawLandscape(canvas: Canvas, scene: Scene, seconds: number, brightness: number): void {
  const { width, height } = canvas;
  const { hue, valence, energy } = scene;
  const zenith = hsl(hue, 0.2 + 0.6 * valence, 0.02 + 0.42 * brightness);
  const horizon = hsl(hue + 0.08, 0.2 + 0.5 * valence, 0.04 + 0.7 * brightness);
  for (let y = 0; y < height; y++) canvas.row(y, mix(zenith, horizon, y / height));

  const sunX = width * (0.2 + 0.6 * ((scene.variant % 97) / 97)) + 12 * seconds;
  const glow = 34 + 4 * Math.sin(2 * Math.PI * scene.beatHz * seconds);
  canvas.ellipse(
    sunX,
    height * 0.25,
    glow,
    glow,
    hsl(0.11 + 0.5 * (1 - valence), 0.8, 0.05 + 0.8 * brightness),
  );

  const top = new Int32Array(width);
  for (const { level, swing, pace, shade } of HILLS) {
    const shift = pace * (0.5 + 2 * energy) * seconds + scene.variant;
    for (let x = 0; x < width; x++) {
      const at = (width / 2 + (x - width / 2) / canvas.zoom + shift) / width;
      const wave = Math.sin(7 * at) + 0.5 * Math.sin(17 * at);
      top[x] = Math.round(height * (level + swing * wave));
    }
    canvas.ground(top, hsl(hue + 0.4, 0.15 + 0.4 * valence, shade * (0.1 + 1.3 * brightness)));
  }
  drawStreaks(canvas, scene, seconds, brightness);
}

/** What rushes by is drawn as a camera would show it: long thin lines, the more of them the faster. */
function drawStreaks(canvas: Canvas, scene: Scene, seconds: number, brightness: number): void {
  const { width, height } = canvas;
  const numStreaks = Math.round(MAX_STREAKS * scene.energy ** 1.5);
  const colour = hsl(scene.hue + 0.5, 0.3, 0.15 + 0.75 * brightness);
  for (let i = 0; i < numStreaks; i++) {
    const lot = (channel: number): number => noiseAt(scene.variant, i, 40 + channel);
    const length = width * (0.05 + 0.3 * scene.energy * lot(0));
    const travel = (lot(1) + (0.3 + scene.energy) * (0.6 + lot(2)) * seconds) % 1;
    canvas.rectangle(
      width - travel * (width + length),
      height * lot(3),
      length,
      2 + 3 * scene.energy,
      colour,
    );
  }
}
