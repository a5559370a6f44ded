import { hsl, type Canvas } from './canvas.js';
import type { Scene } from './scene.js';
import { noiseAt } from './seeded-noise.js';

const LINE_HEIGHT = 18;
const GLYPH_WIDTH = 9;

/** A page of lines of glyph-like marks, which scrolls: the texture of text, without its meaning. */
export function drawPage(canvas: Canvas, scene: Scene, seconds: number, brightness: number): void {
  const left = canvas.width * 0.14;
  const width = canvas.width * 0.72;
  canvas.rectangle(left, 0, width, canvas.height, hsl(0.12, 0.2, 0.06 + 0.86 * brightness));
  const ink = hsl(0.6, 0.2, 0.02 + 0.14 * brightness);
  const scrolled = (6 + 40 * scene.energy) * seconds;
  const firstLine = Math.floor(scrolled / LINE_HEIGHT);
  const numLines = Math.ceil(canvas.height / LINE_HEIGHT) + 1;
  for (let line = firstLine; line < firstLine + numLines; line++) {
    const top = line * LINE_HEIGHT - scrolled + 4;
    const numGlyphs = Math.floor(
      ((width - 40) / GLYPH_WIDTH) * (0.6 + 0.4 * noiseAt(scene.variant, line, 30)),
    );
    for (let glyph = 0; glyph < numGlyphs; glyph++) {
      const lot = noiseAt(scene.variant, line * 128 + glyph, 31);
      if (lot < 0.16) continue; // a space
      const height = lot < 0.6 ? 6 : 10;
      const bar = 2 + (Math.floor(lot * 50) % 4);
      const x = left + 20 + glyph * GLYPH_WIDTH;
      canvas.rectangle(x, top + 10 - height, bar, height, ink);
      if (lot > 0.4) canvas.rectangle(x, top + 4 + (lot > 0.7 ? 5 : 0), 6, 1.5, ink);
    }
  }
}
