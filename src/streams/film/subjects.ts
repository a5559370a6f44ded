import { hsl, type Canvas } from './canvas.js';
import type { Scene } from './scene.js';
import { noiseAt } from './seeded-noise.js';

const DARK = hsl(0, 0.1, 0.12);
const WHITE = hsl(0, 0, 0.96);

/** What the scene shows in front of its landscape. `seconds` counts from the start of the scene. */
export function drawSubject(canvas: Canvas, scene: Scene, seconds: number): void {
  switch (scene.subject) {
    case 'face':
      drawFace(canvas, scene, seconds, canvas.width / 2, canvas.height * 0.52, canvas.height * 0.34, 0);
      break;
    case 'crowd':
      for (let i = 0; i < 4; i++) {
        const x = canvas.width * (0.14 + 0.24 * i);
        drawFace(canvas, scene, seconds, x, canvas.height * 0.6, canvas.height * 0.14, i + 1);
      }
      break;
    case 'polygons':
      drawPolygons(canvas, scene, seconds);
      break;
    case 'bubbles':
      drawBubbles(canvas, scene, seconds);
      break;
  }
}

function drawFace(
  canvas: Canvas,
  scene: Scene,
  seconds: number,
  x: number,
  y: number,
  size: number,
  person: number,
): void {
  const lot = (channel: number): number => noiseAt(scene.variant, person, channel);
  const beat = Math.sin(2 * Math.PI * (scene.beatHz * 0.5 * seconds + lot(0)));
  const cx = x + size * 0.2 * Math.sin((1 + 2 * scene.energy) * seconds + 6 * lot(1));
  const cy = y + size * 0.12 * scene.energy * beat;
  canvas.ellipse(cx, cy, size * 0.8, size, hsl(0.05 + 0.04 * lot(2), 0.45, 0.35 + 0.4 * lot(3)));

  const isBlinking = (seconds + 3 * lot(4)) % 2.7 < 0.14;
  const gaze = size * 0.07 * Math.sin(1.7 * seconds + 6 * lot(5));
  for (const side of [-1, 1]) {
    const eyeX = cx + side * size * 0.32;
    const eyeY = cy - size * 0.2;
    canvas.ellipse(eyeX, eyeY, size * 0.15, size * (isBlinking ? 0.02 : 0.13), WHITE);
    if (!isBlinking) canvas.ellipse(eyeX + gaze, eyeY, size * 0.06, size * 0.08, DARK);
    // Brows: outer ends sink with sadness, inner ones with anger.
    for (let i = -2; i <= 2; i++) {
      const slope = (scene.valence - 0.5) * 0.12 * side * i;
      canvas.ellipse(eyeX + i * size * 0.06, cy - size * (0.42 - slope), size * 0.05, size * 0.035, DARK);
    }
  }
  // A mouth of dots on a parabola: smiles where valence is high, opens with the beat.
  const curve = (scene.valence - 0.5) * 0.9 + 0.1 * beat;
  const open = 0.03 + 0.07 * scene.energy * Math.max(0, beat);
  for (let i = -8; i <= 8; i++) {
    const at = i / 8;
    const mouthY = cy + size * (0.42 + curve * 0.22 * (0.5 - at * at) * 2);
    canvas.ellipse(cx + at * size * 0.36, mouthY, size * 0.05, size * open, DARK);
  }
}

function drawPolygons(canvas: Canvas, scene: Scene, seconds: number): void {
  for (let i = 0; i < 7; i++) {
    const lot = (channel: number): number => noiseAt(scene.variant, i, channel);
    const speed = 30 + 160 * scene.energy;
    const x = (canvas.width * lot(0) + speed * (lot(1) + 0.3) * seconds) % (canvas.width + 160);
    const hop = Math.abs(Math.sin(Math.PI * (scene.beatHz * seconds + lot(2))));
    const y = canvas.height * (0.85 - 0.5 * lot(3)) - 60 * scene.energy * hop;
    const radius = 24 + 46 * lot(4);
    const colour = hsl(scene.hue + 0.5 + 0.2 * lot(5), 0.7, 0.35 + 0.3 * scene.brightness);
    canvas.polygon(x - 80, y, radius, 3 + Math.floor(4 * lot(6)), (lot(7) - 0.5) * 5 * seconds, colour);
  }
}

function drawBubbles(canvas: Canvas, scene: Scene, seconds: number): void {
  for (let i = 0; i < 22; i++) {
    const lot = (channel: number): number => noiseAt(scene.variant, i, channel);
    const radius = 8 + 30 * lot(0);
    const rise = (lot(1) + (0.06 + 0.25 * scene.energy) * (0.5 + lot(2)) * seconds) % 1;
    const y = canvas.height * (1.15 - 1.3 * rise);
    const x = canvas.width * lot(3) + 24 * Math.sin(2 * seconds + 6 * lot(4));
    const hue = scene.hue + 0.45 + 0.25 * lot(5);
    canvas.ellipse(x, y, radius, radius, hsl(hue, 0.65, 0.45 + 0.3 * scene.brightness));
    canvas.ellipse(x - radius * 0.3, y - radius * 0.3, radius * 0.25, radius * 0.25, WHITE);
  }
}
