import type { StreamState } from '../../../src/core/protocol.js';
import { create, createSvg } from './page.js';

/** A shape for each state, so that none is told by its colour alone. Drawn in a box of 16 x 16. */
const SHAPES: Record<StreamState, { readonly path: string; readonly solid: boolean }> = {
  connecting: { path: 'M8 2a6 6 0 1 1-4.24 1.76', solid: false },
  live: { path: 'M8 2.5a5.5 5.5 0 1 0 .001 0z', solid: true },
  degraded: { path: 'M8 2 15 14H1z', solid: true },
  reconnecting: { path: 'M13.5 8A5.5 5.5 0 1 1 11.5 3.76M11.5 1v3h-3', solid: false },
  ended: { path: 'M3 3h10v10H3z', solid: true },
  failed: { path: 'M3 3l10 10M13 3 3 13', solid: false },
};

/** Shape and word of a stream's state. */
export function stateBadge(state: StreamState): HTMLElement {
  const { path, solid } = SHAPES[state];
  const shape = createSvg(
    'svg',
    { viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    createSvg('path', { d: path, class: solid ? 'solid' : 'outline' }),
  );
  return create('span', {
    class: 'state',
    attributes: { 'data-state': state },
    children: [shape, create('span', { text: state })],
  });
}
