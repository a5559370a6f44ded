import type { Agreement, ShownAgreement } from '../data/agreement.js';
import type { Tower } from '../data/trace-columns.js';
import { byId, setText } from './page.js';

/** A figure that moved six times a second could not be read. */
const INTERVAL_MS = 500;

/** How far predictions follow the design of the film that is played; hidden for every other source. */
export class AgreementView {
  readonly #box = byId('agreement', HTMLDivElement);
  readonly #value = byId('agreement-value', HTMLSpanElement);
  readonly #towers = byId('agreement-towers', HTMLSpanElement);
  readonly #start = byId('agreement-start', HTMLElement);
  #streamId: string | null = null;
  #renderedAtMs = -Infinity;

  /** Asks for the figures only when it is time for new ones. */
  render(streamId: string, agreement: () => ShownAgreement | null): void {
    const nowMs = performance.now();
    if (streamId === this.#streamId && nowMs - this.#renderedAtMs < INTERVAL_MS) return;
    this.#streamId = streamId;
    this.#renderedAtMs = nowMs;
    const shown = agreement();
    this.#box.hidden = shown === null;
    if (shown === null) return;
    const { lastMinute, sinceStart, seenSeconds } = shown;
    setText(this.#value, correlation(lastMinute.ensemble));
    setText(this.#towers, towersOf(lastMinute));
    setText(
      this.#start,
      `${correlation(sinceStart.ensemble)} over all ${duration(seenSeconds)} that this page has seen`,
    );
    this.#start.title = towersOf(sinceStart);
  }
}

/** The towers alone; what a pack has no tower for is left out. */
function towersOf(agreement: Agreement): string {
  return (['visual', 'audio'] satisfies Tower[])
    .filter((tower) => agreement[tower] !== null)
    .map((tower) => `${tower} ${correlation(agreement[tower])}`)
    .join(' · ');
}

function correlation(value: number | null): string {
  if (value === null) return '–';
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function duration(seconds: number): string {
  return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
