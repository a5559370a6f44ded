import { hsl, mix, type Canvas } from './canvas.js';
import type { Scene } from './scene.js';

const HILLS = [
  { level: 0.62, swing: 0.07, pace: 14, shade: 0.34 },
  { level: 0.78, swing: 0.05, pace: 38, shade: 0.22 },
] as const;

/** Sky, sun and two ranges of hills that pass by. `seconds` counts from the start of the scene. */
export function drawLandscape(canvas: Canvas, scene: Scene, seconds: number): void {
  const { width, height } = canvas;
  const { hue, valence, brightness, energy } = scene;
  const zenith = hsl(hue, 0.3 + 0.4 * valence, 0.15 + 0.3 * brightness);
  const horizon = hsl(hue + 0.08 + 0.02 * Math.sin(seconds), 0.5, 0.35 + 0.4 * brightness);
  for (let y = 0; y < height; y++) canvas.row(y, mix(zenith, horizon, y / height));

  const sunX = width * (0.2 + 0.6 * ((scene.variant % 97) / 97)) + 12 * seconds;
  const glow = 34 + 4 * Math.sin(2 * Math.PI * scene.beatHz * seconds);
  canvas.ellipse(
    sunX,
    height * 0.25,
    glow,
    glow,
    hsl(0.11 + 0.5 * (1 - valence), 0.8, 0.5 + 0.35 * brightness),
  );

  const top = new Int32Array(width);
  for (const { level, swing, pace, shade } of HILLS) {
    const shift = pace * (0.5 + 2 * energy) * seconds + scene.variant;
    for (let x = 0; x < width; x++) {
      const at = (width / 2 + (x - width / 2) / canvas.zoom + shift) / width;
      const wave = Math.sin(7 * at) + 0.5 * Math.sin(17 * at);
      top[x] = Math.round(height * (level + swing * wave));
    }
    canvas.ground(top, hsl(hue + 0.4, 0.25 + 0.3 * valence, shade * (0.5 + brightness)));
  }
}
