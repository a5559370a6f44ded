import { hsl, type Canvas } from './canvas.js';
import { drawFace } from './face.js';
import { drawPage } from './page.js';
import type { Scene } from './scene.js';
import { noiseAt } from './seeded-noise.js';

/**
 * What the scene shows in front of its landscape.
 * @param seconds since the start of the scene
 * @param brightness the light at that time, in [0, 1]
 */
export function drawSubject(canvas: Canvas, scene: Scene, seconds: number, brightness: number): void {
  const { width, height } = canvas;
  switch (scene.subject) {
    case 'face': {
      const place = { x: width / 2, y: height * 0.52, size: height * 0.36 };
      drawFace(canvas, scene, seconds, brightness, place, 0);
      break;
    }
    case 'crowd':
      for (let i = 0; i < 12; i++) {
        const row = Math.floor(i / 6);
        const x = width * (0.03 + 0.18 * (i % 6) + 0.09 * row);
        const place = { x, y: height * (0.5 + 0.27 * row), size: height * 0.11 };
        drawFace(canvas, scene, seconds, brightness, place, i + 1);
      }
      break;
    case 'polygons':
      drawPolygons(canvas, scene, seconds, brightness);
      break;
    case 'bubbles':
      drawBubbles(canvas, scene, seconds, brightness);
      break;
    case 'text':
      drawPage(canvas, scene, seconds, brightness);
      break;
    case 'nothing':
      break;
  }
}

function drawPolygons(canvas: Canvas, scene: Scene, seconds: number, brightness: number): void {
  for (let i = 0; i < 9; i++) {
    const lot = (channel: number): number => noiseAt(scene.variant, i, channel);
    const speed = 30 + 160 * scene.energy;
    const x = (canvas.width * lot(0) + speed * (lot(1) + 0.3) * seconds) % (canvas.width + 160);
    const hop = Math.abs(Math.sin(Math.PI * (scene.beatHz * seconds + lot(2))));
    const y = canvas.height * (0.85 - 0.5 * lot(3)) - 60 * scene.energy * hop;
    const radius = 30 + 50 * lot(4);
    const colour = hsl(scene.hue + 0.5 + 0.2 * lot(5), 0.7, 0.05 + 0.55 * brightness);
    canvas.polygon(x - 80, y, radius, 3 + Math.floor(2 * lot(6)), (lot(7) - 0.5) * 5 * seconds, colour);
  }
}

function drawBubbles(canvas: Canvas, scene: Scene, seconds: number, brightness: number): void {
  const white = hsl(0, 0, 0.05 + 0.92 * brightness);
  for (let i = 0; i < 40; i++) {
    const lot = (channel: number): number => noiseAt(scene.variant, i, channel);
    const radius = 6 + 20 * lot(0);
    const rise = (lot(1) + (0.06 + 0.25 * scene.energy) * (0.5 + lot(2)) * seconds) % 1;
    const y = canvas.height * (1.15 - 1.3 * rise);
    const x = canvas.width * lot(3) + 24 * Math.sin(2 * seconds + 6 * lot(4));
    const colour = hsl(scene.hue + 0.45 + 0.25 * lot(5), 0.65, 0.06 + 0.65 * brightness);
    canvas.ellipse(x, y, radius, radius, colour);
    canvas.ellipse(x - radius * 0.3, y - radius * 0.3, radius * 0.25, radius * 0.25, white);
  }
}
