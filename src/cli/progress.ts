import { SingleBar, Presets } from 'cli-progress';

/** Progress of a long command; silent where stderr is no terminal. */
export interface Progress {
  update(value: number): void;
  /** The total became known, or better known. */
  setTotal(total: number): void;
  stop(): void;
}

/**
 * A bar on stderr for work of `total` units, or a plain counter where the total is not known.
 * @param unit what is counted, for the bar's text: "s", "images"
 */
export function startProgress(title: string, total: number | null, unit: string): Progress {
  if (!process.stderr.isTTY) return { update: () => {}, setTotal: () => {}, stop: () => {} };
  const format =
    total === null
      ? `${title} {value} ${unit}`
      : `${title} {bar} {percentage}% {value}/{total} ${unit} ETA {eta_formatted}`;
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: false, linewrap: true, fps: 5 },
    Presets.shades_classic,
  );
  bar.start(total === null ? 0 : Math.ceil(total), 0);
  return {
    update: (value) => bar.update(Math.round(value)),
    setTotal: (better) => bar.setTotal(Math.ceil(better)),
    stop: () => bar.stop(),
  };
}
