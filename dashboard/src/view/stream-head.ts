import type { StreamInfo } from '../../../src/core/protocol.js';
import { RECEPTIVE_FIELD_SEGMENTS, SEGMENT_RATE } from '../../../src/core/time-grid.js';
import type { WatchedStream } from '../data/watched-stream.js';
import { byId, create, setText } from './page.js';
import { stateBadge } from './state-badge.js';

const FIELD_SECONDS = RECEPTIVE_FIELD_SEGMENTS / SEGMENT_RATE;

/** Name, state, figures, pack and log of the selected stream. */
export class StreamHead {
  readonly #name = byId('stream-name', HTMLHeadingElement);
  readonly #state = byId('stream-state', HTMLSpanElement);
  readonly #detail = byId('stream-detail', HTMLParagraphElement);
  readonly #url = byId('stream-url', HTMLParagraphElement);
  readonly #banner = byId('untrained-banner', HTMLParagraphElement);
  readonly #syntheticBanner = byId('synthetic-banner', HTMLParagraphElement);
  readonly #packBar = byId('pack-bar', HTMLElement);
  readonly #packVerdict = byId('pack-verdict', HTMLSpanElement);
  readonly #packName = byId('pack-name', HTMLSpanElement);
  readonly #packTrainedOn = byId('pack-trained-on', HTMLSpanElement);
  readonly #aboutSynthetic = byId('about-synthetic', HTMLParagraphElement);
  readonly #log = byId('log', HTMLOListElement);
  readonly #logEmpty = byId('log-empty', HTMLParagraphElement);
  readonly #announcer = byId('announcer', HTMLParagraphElement);
  readonly #warm = byId('warm-progress', HTMLProgressElement);
  readonly #warmText = byId('warm-text', HTMLSpanElement);
  readonly #figures = {
    median: byId('figure-latency-median', HTMLElement),
    latency: byId('figure-latency', HTMLElement),
    rate: byId('figure-rate', HTMLElement),
    lost: byId('figure-lost', HTMLElement),
  };
  #shownLogId: string | null = null;

  render(stream: WatchedStream, info: StreamInfo | null): void {
    setText(this.#name, stream.id);
    setText(this.#url, info?.url ?? (info === null ? '' : 'pushed stream'));
    this.#renderState(stream);
    this.#renderPack(stream, info);
    this.#renderFigures(stream, info);
    this.#renderLog(stream);
  }

  #renderState(stream: WatchedStream): void {
    const connection = {
      opening: 'Connecting to the server',
      open: '',
      lost: 'Connection to the server lost; trying again',
      refused: 'The server refuses this page',
      over: '',
    }[stream.connection];
    setText(this.#detail, [connection, stream.detail].filter((text) => text !== '').join(' · '));
    if (this.#state.dataset.state === stream.state) return;
    this.#state.dataset.state = stream.state;
    this.#state.replaceChildren(stateBadge(stream.state));
    setText(this.#announcer, `${stream.id}: ${stream.state} ${stream.detail}`.trim());
  }

  #renderPack(stream: WatchedStream, info: StreamInfo | null): void {
    const pack = stream.pack ?? info?.pack ?? null;
    this.#packBar.hidden = pack === null;
    this.#banner.hidden = pack === null || pack.trained;
    const isSynthetic = pack !== null && pack.trained && /\bsynthetic\b/i.test(pack.trainedOn);
    this.#aboutSynthetic.hidden = !isSynthetic;
    // Unknown yet is not another source.
    this.#syntheticBanner.hidden = !isSynthetic || info === null || info.url?.startsWith('film:') === true;
    if (pack === null) return;
    this.#packBar.dataset.trained = String(pack.trained);
    setText(this.#packVerdict, !pack.trained ? 'Untrained' : isSynthetic ? 'Synthetic' : 'Trained');
    setText(this.#packName, `${pack.name} ${pack.version}`);
    setText(this.#packTrainedOn, `Trained on: ${pack.trainedOn}`);
  }

  #renderFigures({ figures }: WatchedStream, info: StreamInfo | null): void {
    setFigure(this.#figures.median, figures.medianLatencyMs?.toFixed(0), 'ms');
    setFigure(this.#figures.latency, figures.latencyMs?.toFixed(0), 'ms');
    setFigure(this.#figures.rate, figures.rateHz?.toFixed(2), 'Hz');
    const dropped = info?.numDropped;
    const reasons = dropped === undefined ? [] : Object.entries(dropped).filter(([, count]) => count > 0);
    const lost = dropped === undefined ? figures.numDropped : reasons.reduce((sum, [, n]) => sum + n, 0);
    setFigure(
      this.#figures.lost,
      String(lost),
      [...reasons.map(([reason, count]) => `${count} ${reason}`), ...damages(info)].join(', '),
    );
    const share = figures.warmShare;
    this.#warm.value = share;
    setText(
      this.#warmText,
      share === 1
        ? `Full: ${FIELD_SECONDS.toFixed(1)} s of history behind every score`
        : `Warming up: ${(share * FIELD_SECONDS).toFixed(0)} of ${FIELD_SECONDS.toFixed(1)} s`,
    );
  }

  #renderLog(stream: WatchedStream): void {
    const entries = stream.log.entries;
    const id = `${stream.id} ${entries[0]?.id ?? -1}`;
    if (id === this.#shownLogId) return;
    this.#shownLogId = id;
    this.#logEmpty.hidden = entries.length > 0;
    this.#log.replaceChildren(
      ...entries.map(({ atMs, text }) => {
        const at = new Date(atMs);
        const time = create('time', {
          text: at.toLocaleTimeString(undefined, { hour12: false }),
          attributes: { datetime: at.toISOString() },
        });
        return create('li', { children: [time, create('span', { text })] });
      }),
    );
  }
}

function setFigure(element: HTMLElement, value: string | undefined, unit: string): void {
  const text = value === undefined ? '–' : value;
  const shownUnit = value === undefined ? '' : unit;
  if (element.dataset.shown === `${text} ${shownUnit}`) return;
  element.dataset.shown = `${text} ${shownUnit}`;
  element.replaceChildren(text, ' ', create('span', { class: 'unit', text: shownUnit }));
}

/** What could not be decoded, where that is more than a packet now and then. */
function damages(info: StreamInfo | null): string[] {
  return [
    ['picture', info?.decodedShare.visual ?? 1] as const,
    ['sound', info?.decodedShare.audio ?? 1] as const,
  ].flatMap(([what, share]) => (share > 0.995 ? [] : [`${Math.floor(share * 100)} % of ${what} decodable`]));
}
