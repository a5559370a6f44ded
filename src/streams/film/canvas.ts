/** A colour as the canvas stores it: 0x00BBGGRR. */
export type Colour = number;

/** Hue, saturation and lightness, each in [0, 1] (hue turns round), as a colour. */
export function hsl(hue: number, saturation: number, lightness: number): Colour {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): number => {
    const k = (offset + (hue - Math.floor(hue)) * 12) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return channel(0) | (channel(8) << 8) | (channel(4) << 16);
}

/** Between two colours; `share` 0 is `from`, 1 is `to`. */
export function mix(from: Colour, to: Colour, share: number): Colour {
  const channel = (shift: number): number => {
    const [a, b] = [(from >> shift) & 255, (to >> shift) & 255];
    return Math.round(a + (b - a) * share) << shift;
  };
  return channel(0) | channel(8) | channel(16);
}

/** Flat shapes on a grid of pixels, seen through a camera that magnifies about the middle. Lengths are in pixels. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Uint32Array;
  /** Magnification of everything but `row`s. */
  zoom = 1;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#pixels = new Uint32Array(width * height);
  }

  /** Fills pixel row `y` whole. */
  row(y: number, colour: Colour): void {
    this.#pixels.fill(colour, y * this.width, (y + 1) * this.width);
  }

  /** Everything below the curve: `top[x]` is the first row of column x. */
  ground(top: Int32Array, colour: Colour): void {
    const { width, height } = this;
    let first = height;
    for (const y of top) first = Math.min(first, y);
    for (let y = Math.max(0, first); y < height; y++) {
      const start = y * width;
      for (let x = 0; x < width; x++) if (y >= top[x]!) this.#pixels[start + x] = colour;
    }
  }

  /** An ellipse with its axes along the picture's. */
  ellipse(cx: number, cy: number, rx: number, ry: number, colour: Colour): void {
    const [x0, y0] = [this.#x(cx), this.#y(cy)];
    const [zx, zy] = [rx * this.zoom, ry * this.zoom];
    if (!(zx > 0 && zy > 0)) return;
    const last = Math.min(this.height - 1, Math.floor(y0 + zy));
    for (let y = Math.max(0, Math.ceil(y0 - zy)); y <= last; y++) {
      const half = zx * Math.sqrt(Math.max(0, 1 - ((y - y0) / zy) ** 2));
      this.#span(y, x0 - half, x0 + half, colour);
    }
  }

  /** A rectangle with its sides along the picture's, from its upper left corner. */
  rectangle(x: number, y: number, width: number, height: number, colour: Colour): void {
    const last = Math.min(this.height - 1, Math.floor(this.#y(y + height)));
    for (let row = Math.max(0, Math.ceil(this.#y(y))); row <= last; row++) {
      this.#span(row, this.#x(x), this.#x(x + width), colour);
    }
  }

  /** A regular polygon with `corners` corners, turned by `angle` radians. */
  polygon(cx: number, cy: number, radius: number, corners: number, angle: number, colour: Colour): void {
    const xs: number[] = [];
    const ys: number[] = [];
    for (let i = 0; i < corners; i++) {
      const turn = angle + (2 * Math.PI * i) / corners;
      xs.push(this.#x(cx + radius * Math.cos(turn)));
      ys.push(this.#y(cy + radius * Math.sin(turn)));
    }
    const last = Math.min(this.height - 1, Math.floor(Math.max(...ys)));
    for (let y = Math.max(0, Math.ceil(Math.min(...ys))); y <= last; y++) {
      let [left, right] = [Infinity, -Infinity];
      for (let i = 0; i < corners; i++) {
        const j = (i + 1) % corners;
        const [xa, ya, xb, yb] = [xs[i]!, ys[i]!, xs[j]!, ys[j]!];
        if (Math.min(ya, yb) > y || Math.max(ya, yb) < y || ya === yb) continue;
        const x = xa + ((y - ya) / (yb - ya)) * (xb - xa);
        left = Math.min(left, x);
        right = Math.max(right, x);
      }
      this.#span(y, left, right, colour);
    }
  }

  /** The picture as `[height, width, 3]` RGB bytes. */
  toRgb(): Uint8Array {
    const rgb = new Uint8Array(this.#pixels.length * 3);
    let at = 0;
    for (const pixel of this.#pixels) {
      rgb[at] = pixel;
      rgb[at + 1] = pixel >> 8;
      rgb[at + 2] = pixel >> 16;
      at += 3;
    }
    return rgb;
  }

  #x(x: number): number {
    return this.width / 2 + (x - this.width / 2) * this.zoom;
  }

  #y(y: number): number {
    return this.height / 2 + (y - this.height / 2) * this.zoom;
  }

  #span(y: number, left: number, right: number, colour: Colour): void {
    const from = Math.max(0, Math.ceil(left));
    const to = Math.min(this.width - 1, Math.floor(right));
    if (from <= to) this.#pixels.fill(colour, y * this.width + from, y * this.width + to + 1);
  }
}
