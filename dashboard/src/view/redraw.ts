/** With reduced motion, charts move once a second instead of six times. */
const REDUCED_INTERVAL_MS = 1000;

/** Draws at most once an animation frame, however often it is asked. Hidden tabs draw nothing. */
export class Redraw {
  readonly #draw: () => void;
  readonly #reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
  #handle: number | null = null;
  #drawnAtMs = -Infinity;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** New data came: draw soon. */
  request(): void {
    if (this.#reducedMotion.matches && performance.now() - this.#drawnAtMs < REDUCED_INTERVAL_MS) return;
    this.requestNow();
  }

  /** A person did something: draw in the next frame, whatever the motion preference. */
  requestNow(): void {
    if (this.#handle !== null) return;
    this.#handle = requestAnimationFrame(() => {
      this.#handle = null;
      this.#drawnAtMs = performance.now();
      this.#draw();
    });
  }
}
