import type uPlot from 'uplot';
import { type ChartFrame, WINDOW_SECONDS } from './chart-frame.js';
import { drawMarks } from './chart-marks.js';
import type { Range } from '../data/calm-range.js';
import type { Theme } from './theme.js';

/** What a chart of the last minute says of itself. */
export interface ChartHooks {
  readonly theme: Theme;
  /** What is drawn; null before the first. */
  readonly frame: () => ChartFrame | null;
  readonly range: () => Range;
  /** Whether gaps and epochs are named. */
  readonly withNames: boolean;
  /** Draws over the traces. */
  readonly draw: (plot: uPlot) => void;
}

/** What all charts of the last minute have in common: the axes' ranges, gaps and epochs behind the traces, nothing to hover. */
export function chartBase({ theme, frame, range, withNames, draw }: ChartHooks) {
  return {
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-WINDOW_SECONDS, 0] as [number, number] },
      y: { range: (): [number, number] => [...range()] },
    },
    hooks: {
      drawClear: [
        (plot: uPlot): void => {
          const shown = frame();
          if (shown !== null) drawMarks(plot, { ...shown, colors: theme.colors }, withNames);
        },
      ],
      draw: [draw],
    },
  } satisfies Partial<uPlot.Options>;
}
