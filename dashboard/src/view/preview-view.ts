import { parsePreviewMessage, type PreviewMessage } from '../data/preview-message.js';
import type { StreamState } from '../../../src/core/protocol.js';
import { byId, setText } from './page.js';

const BACKOFF_INITIAL_MS = 500;
const BACKOFF_MAX_MS = 10_000;
/** Beyond this the two clocks disagree: no picture waits an hour. */
const MAX_CREDIBLE_DELAY_MS = 3_600_000;

/** Six pictures a second are due; after this long without one the last is old. */
const STALE_MS = 2500;

/** After this long without a picture of a live stream the connection may be dead without the browser's knowing. */
const DEAD_MS = 20_000;

/** Why there is no picture yet. */
const REASONS: Record<StreamState, string> = {
  connecting: 'Opening the stream…',
  live: 'Waiting for the picture…',
  degraded: 'Waiting for the picture…',
  reconnecting: 'No picture while the stream reconnects.',
  ended: 'The stream has ended.',
  failed: 'The stream has failed.',
};

/** Opens the preview's WebSocket of a stream. */
export type OpenPreview = (streamId: string) => WebSocket;

/** The picture that is being scored. Its socket is open only while a stream is shown and the tab is visible. */
export class PreviewView {
  readonly #figure = byId('preview', HTMLElement);
  readonly #canvas = byId('preview-canvas', HTMLCanvasElement);
  readonly #message = byId('preview-message', HTMLParagraphElement);
  readonly #caption = byId('preview-caption', HTMLElement);
  readonly #open: OpenPreview;
  #streamId: string | null = null;
  #socket: WebSocket | null = null;
  #retryTimer: number | undefined;
  #backoffMs = BACKOFF_INITIAL_MS;
  #decoding = false;
  #waiting: PreviewMessage | null = null;
  #shownAtMs: number | null = null;
  #openedAtMs = 0;

  constructor(open: OpenPreview) {
    this.#open = open;
    document.addEventListener('visibilitychange', () => this.#follow());
  }

  /** Shows this stream's pictures, or none. */
  show(streamId: string | null): void {
    if (streamId === this.#streamId) return;
    this.#streamId = streamId;
    this.#close();
    this.#clear('');
    this.#follow();
  }

  /** Says why there is no picture, or that the one shown is old. */
  explain(state: StreamState, hasVideo: boolean | null): void {
    const shownAtMs = this.#shownAtMs;
    const isDue = (state === 'live' || state === 'degraded') && hasVideo !== false;
    if (isDue && Date.now() - Math.max(shownAtMs ?? 0, this.#openedAtMs) > DEAD_MS) this.#reopen();
    if (hasVideo === false) this.#clear('This stream has no picture: the audio tower counts alone.');
    else if (shownAtMs === null) setText(this.#message, REASONS[state]);
    else {
      const ageMs = Date.now() - shownAtMs;
      this.#figure.dataset.stale = String(ageMs > STALE_MS);
      if (ageMs > STALE_MS) setText(this.#caption, `Last picture, ${(ageMs / 1000).toFixed(0)} s ago`);
    }
  }

  #reopen(): void {
    this.#close();
    this.#follow();
  }

  #clear(text: string): void {
    this.#canvas.getContext('2d')?.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    setText(this.#message, text);
    setText(this.#caption, '');
    this.#shownAtMs = null;
    this.#figure.dataset.stale = 'false';
  }

  #follow(): void {
    const wanted = this.#streamId !== null && document.visibilityState === 'visible';
    if (!wanted) this.#close();
    else if (this.#socket === null) this.#connect(this.#streamId ?? '');
  }

  #connect(streamId: string): void {
    window.clearTimeout(this.#retryTimer);
    const socket = this.#open(streamId);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#openedAtMs = Date.now();
    socket.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (socket !== this.#socket || !(event.data instanceof ArrayBuffer)) return;
      this.#backoffMs = BACKOFF_INITIAL_MS;
      this.#waiting = parsePreviewMessage(event.data);
      void this.#draw(socket);
    });
    socket.addEventListener('close', () => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      this.#retryTimer = window.setTimeout(() => this.#follow(), this.#backoffMs);
      this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MAX_MS);
    });
  }

  #close(): void {
    window.clearTimeout(this.#retryTimer);
    const socket = this.#socket;
    this.#socket = null;
    this.#waiting = null;
    socket?.close();
  }

  /** One picture at a time; while one is decoded only the newest of those that come is kept. */
  async #draw(socket: WebSocket): Promise<void> {
    if (this.#decoding) return;
    this.#decoding = true;
    try {
      while (this.#waiting !== null) {
        const picture: PreviewMessage = this.#waiting;
        this.#waiting = null;
        const bitmap = await createImageBitmap(new Blob([picture.jpeg], { type: 'image/jpeg' }));
        if (socket === this.#socket) this.#paint(bitmap, picture);
        bitmap.close();
      }
    } catch {
      setText(this.#caption, 'A picture came that this browser cannot read.');
    } finally {
      this.#decoding = false;
    }
  }

  #paint(bitmap: ImageBitmap, picture: PreviewMessage): void {
    if (this.#canvas.width !== bitmap.width || this.#canvas.height !== bitmap.height) {
      this.#canvas.width = bitmap.width;
      this.#canvas.height = bitmap.height;
    }
    this.#canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    setText(this.#message, '');
    this.#shownAtMs = Date.now();
    this.#figure.dataset.stale = 'false';
    const delayMs = Date.now() - picture.capturedAtMs;
    const delay =
      delayMs < -50 || delayMs > MAX_CREDIBLE_DELAY_MS
        ? "Delay unknown: this computer's clock differs from the server's"
        : `Delay ${Math.max(delayMs, 0).toFixed(0)} ms`;
    setText(this.#caption, `${delay} · epoch ${picture.epoch}, segment ${picture.seq}`);
  }
}
