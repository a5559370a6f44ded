import { hsl, type Canvas } from './canvas.js';
import type { Scene } from './scene.js';
import { noiseAt } from './seeded-noise.js';

/** Where a face is on the picture, and how large; in pixels. */
export interface FacePlace {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/**
 * A face of ellipses: it smiles and is warm where the scene's valence is high, and frowns and pales where it is low.
 * @param person faces of one scene with different numbers look different
 */
export function drawFace(
  canvas: Canvas,
  scene: Scene,
  seconds: number,
  brightness: number,
  { x, y, size }: FacePlace,
  person: number,
): void {
  const lot = (channel: number): number => noiseAt(scene.variant, person, channel);
  const { valence, energy } = scene;
  const light = 0.08 + 0.92 * brightness;
  const dark = hsl(0, 0.1, 0.1 * light);
  const white = hsl(0, 0, 0.96 * light);
  const beat = Math.sin(2 * Math.PI * (scene.beatHz * 0.5 * seconds + lot(0)));
  const cx = x + size * 0.2 * Math.sin((1 + 2 * energy) * seconds + 6 * lot(1));
  const cy = y + size * 0.12 * energy * beat;
  const skin = hsl(
    0.03 + 0.08 * valence,
    0.15 + 0.5 * valence,
    (0.3 + 0.3 * lot(3) + 0.15 * valence) * light,
  );
  canvas.ellipse(cx, cy, size * 0.8, size, skin);

  const isBlinking = (seconds + 3 * lot(4)) % 2.7 < 0.14;
  const gaze = size * 0.07 * Math.sin(1.7 * seconds + 6 * lot(5));
  for (const side of [-1, 1]) {
    const eyeX = cx + side * size * 0.32;
    const eyeY = cy - size * 0.2;
    canvas.ellipse(eyeX, eyeY, size * 0.15, size * (isBlinking ? 0.02 : 0.13), white);
    if (!isBlinking) canvas.ellipse(eyeX + gaze, eyeY, size * 0.06, size * 0.08, dark);
    // Brows: outer ends sink with sadness, inner ones with anger.
    for (let i = -2; i <= 2; i++) {
      const slope = (valence - 0.5) * 0.16 * side * i;
      canvas.ellipse(eyeX + i * size * 0.06, cy - size * (0.42 - slope), size * 0.05, size * 0.045, dark);
    }
  }
  // A mouth of dots on a parabola; a broad smile shows teeth.
  const curve = (valence - 0.5) * 1.1 + 0.1 * beat;
  const open = 0.04 + 0.08 * energy * Math.max(0, beat) + 0.08 * Math.max(0, valence - 0.6);
  for (let i = -8; i <= 8; i++) {
    const at = i / 8;
    const mouthY = cy + size * (0.42 + curve * 0.26 * (0.5 - at * at) * 2);
    canvas.ellipse(cx + at * size * 0.4, mouthY, size * 0.06, size * open, valence > 0.6 ? white : dark);
  }
}
