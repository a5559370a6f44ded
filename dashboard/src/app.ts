import type { StreamInfo } from '../../src/core/protocol.js';
import { Api, RequestError } from './api.js';
import { CaptureSession } from './capture/capture-session.js';
import type { Tower } from './data/trace-columns.js';
import { Selection } from './selection.js';
import { openServerSocket } from './server-socket.js';
import { SessionToken } from './session-token.js';
import { StreamPoll } from './stream-poll.js';
import { AgreementView } from './view/agreement-view.js';
import { AddStreamForm } from './view/add-stream-form.js';
import { CapturePanel } from './view/capture-panel.js';
import { byId, onChoice, setText } from './view/page.js';
import { PreviewView } from './view/preview-view.js';
import { Redraw } from './view/redraw.js';
import { RemoveButton } from './view/remove-button.js';
import { ScoreBoard } from './view/score-board.js';
import { SnippetView } from './view/snippet-view.js';
import { StreamHead } from './view/stream-head.js';
import { StreamList } from './view/stream-list.js';
import { Theme } from './view/theme.js';
import { Watch } from './watch.js';

/** The page: which stream is shown, and who is told when something changes. */
export class App {
  readonly #token = new SessionToken(() => this.#signedIn());
  readonly #api = new Api(
    () => this.#token.value,
    () => this.#token.ask(),
  );
  readonly #poll = new StreamPoll(this.#api, (error) => this.#listed(error));
  readonly #selection = new Selection(() => this.#follow());
  readonly #redraw = new Redraw(() => this.#render());
  readonly #list = new StreamList((id) => this.#selection.select(id));
  readonly #head = new StreamHead();
  readonly #agreement = new AgreementView();
  readonly #preview = new PreviewView((id) =>
    openServerSocket(`/v1/streams/${encodeURIComponent(id)}/preview`, this.#token.value),
  );
  readonly #snippet = new SnippetView(() => this.#token.value !== null);
  readonly #remove = new RemoveButton(this.#api, (id) => void this.#removed(id));
  readonly #board: ScoreBoard;
  readonly #pause = byId('pause-button', HTMLButtonElement);
  #tower: Tower = 'ensemble';
  #watch: Watch | null = null;
  #answered = false;

  constructor() {
    const theme = new Theme();
    this.#board = new ScoreBoard(theme, () => this.#redraw.requestNow());
    theme.onChange(() => this.#board.restyle());
    const takenIds = (): ReadonlySet<string> => new Set(this.#poll.streams.map((stream) => stream.id));
    new AddStreamForm(this.#api, takenIds, (id) => void this.#added(id));
    const capture: CaptureSession = new CaptureSession({
      api: this.#api,
      token: () => this.#token.value,
      takenIds,
      onChange: () => panel.render(),
      onStarted: (id) => void this.#added(id),
      onEnded: (id) => void this.#removed(id),
    });
    const panel = new CapturePanel(capture);
    this.#bindControls();
  }

  async start(): Promise<void> {
    await this.#poll.ask();
  }

  #bindControls(): void {
    onChoice(byId('tower-choice', HTMLFieldSetElement), (value) => {
      this.#tower = value as Tower;
      this.#board.refreshText();
      this.#redraw.requestNow();
    });
    byId('about-button', HTMLButtonElement).addEventListener('click', () =>
      byId('about-title', HTMLHeadingElement).scrollIntoView({ behavior: 'smooth', block: 'center' }),
    );
    this.#pause.addEventListener('click', () => this.#setPaused(!(this.#watch?.paused ?? false)));
    byId('skip-link', HTMLAnchorElement).addEventListener('click', (event) => {
      event.preventDefault();
      byId('content', HTMLElement).focus();
    });
  }

  #setPaused(paused: boolean): void {
    this.#watch?.pause(paused);
    this.#pause.setAttribute('aria-pressed', String(paused));
    this.#pause.textContent = paused ? 'Resume' : 'Pause';
    this.#board.refreshText();
    this.#redraw.requestNow();
  }

  #signedIn(): void {
    this.#stopWatching();
    void this.#poll.ask();
  }

  async #added(id: string): Promise<void> {
    await this.#poll.ask();
    this.#selection.select(id);
  }

  async #removed(id: string): Promise<void> {
    if (this.#selection.id === id) this.#selection.select(null);
    await this.#poll.ask();
  }

  #listed(error: unknown): void {
    const denied = error instanceof RequestError && error.status === 401;
    setText(
      byId('server-state', HTMLParagraphElement),
      error === null ? '' : denied ? 'Waiting for a token' : 'The server does not answer; trying again',
    );
    if (error !== null) {
      // What is known of the streams is old: nothing to act on.
      this.#redraw.requestNow();
      return;
    }
    this.#answered = true;
    const first = this.#poll.streams[0];
    if (this.#selection.id === null && first !== undefined) this.#selection.selectQuietly(first.id);
    this.#follow();
  }

  /** Watches what is selected, and nothing else. */
  #follow(): void {
    const id = this.#selection.id;
    const info = this.#poll.info(id);
    if (id === null || (info === null && this.#answered)) this.#stopWatching();
    else if (info !== null && !this.#isWatching(info)) {
      this.#stopWatching();
      this.#watch = new Watch(info, this.#token.value, () => this.#redraw.request());
      this.#preview.show(id);
      this.#snippet.show(id);
      this.#remove.show(id);
      this.#setPaused(false);
      this.#board.reset();
    }
    this.#redraw.requestNow();
  }

  #isWatching(info: StreamInfo): boolean {
    const watch = this.#watch;
    if (watch?.stream.id !== info.id || watch.createdAtMs !== info.createdAtMs) return false;
    return !watch.isOverBefore(info);
  }

  #stopWatching(): void {
    this.#watch?.close();
    this.#watch = null;
    this.#preview.show(null);
  }

  #render(): void {
    const watch = this.#watch;
    this.#list.render(this.#poll.streams, this.#selection.id);
    byId('stream', HTMLElement).hidden = watch === null;
    byId('nothing', HTMLElement).hidden = watch !== null || !this.#answered;
    document.title = watch === null ? 'evoked' : `${watch.stream.id} · evoked`;
    if (watch === null) {
      byId('pack-bar', HTMLElement).hidden = true;
      this.#renderNothing();
      return;
    }
    const info = this.#poll.info(watch.stream.id);
    this.#head.render(watch.stream, info);
    this.#agreement.render(watch.stream.id, () => watch.agreement());
    this.#preview.explain(watch.stream.state, info?.hasVideo ?? null);
    this.#board.render(watch.frame(this.#tower, this.#board.readoutX), watch.silentSeconds(Date.now()));
  }

  #renderNothing(): void {
    const id = this.#selection.id;
    const missing = id !== null;
    setText(
      byId('nothing-title', HTMLHeadingElement),
      missing ? `There is no stream “${id}”` : 'No stream yet',
    );
    setText(
      byId('nothing-text', HTMLParagraphElement),
      missing
        ? 'It was removed, or never added. Choose another one from the list.'
        : 'Use your own camera, add the address of one, of an HLS stream or a file, or try film:7 for the built-in film.',
    );
  }
}
