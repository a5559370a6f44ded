import { type Api, describeFailure } from '../api.js';
import { suggestStreamId } from '../data/stream-id.js';
import { byId, create } from './page.js';

const EXAMPLES = [
  ['rtsp://user:pass@camera.example.org/live', 'A camera'],
  ['https://example.org/live/index.m3u8', 'An HLS stream'],
  ['https://example.org/video.mp4', 'A file on the web'],
  ['film:7', 'The built-in film, seed 7'],
] as const;

/** Address and optional name; the server's refusal is shown under them. */
export class AddStreamForm {
  readonly #form = byId('add-form', HTMLFormElement);
  readonly #url = byId('add-url', HTMLInputElement);
  readonly #id = byId('add-id', HTMLInputElement);
  readonly #error = byId('add-error', HTMLParagraphElement);
  readonly #button = byId('add-button', HTMLButtonElement);
  readonly #api: Api;
  readonly #takenIds: () => ReadonlySet<string>;
  readonly #onAdded: (id: string) => void;

  constructor(api: Api, takenIds: () => ReadonlySet<string>, onAdded: (id: string) => void) {
    this.#api = api;
    this.#takenIds = takenIds;
    this.#onAdded = onAdded;
    // Beside the scores there is room for the form; above them it waits until it is wanted.
    byId('add-panel', HTMLDetailsElement).open = matchMedia('(min-width: 861px)').matches;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#url.addEventListener('input', () => {
      this.#fail('', null);
      this.#suggest();
    });
    byId('example-list', HTMLUListElement).append(...EXAMPLES.map(([url, name]) => this.#example(url, name)));
  }

  #suggest(): void {
    const url = this.#url.value.trim();
    this.#id.placeholder = url === '' ? '' : suggestStreamId(url, this.#takenIds());
  }

  #example(url: string, name: string): HTMLLIElement {
    const button = create('button', {
      class: 'example',
      attributes: { type: 'button' },
      children: [name, create('code', { text: url })],
    });
    button.addEventListener('click', () => {
      this.#url.value = url;
      this.#suggest();
      this.#url.focus();
    });
    return create('li', { children: [button] });
  }

  async #submit(): Promise<void> {
    const url = this.#url.value.trim();
    if (url === '') {
      this.#fail('Type the address of a stream first.', this.#url);
      return;
    }
    const id = this.#id.value.trim() || suggestStreamId(url, this.#takenIds());
    this.#fail('', null);
    this.#button.disabled = true;
    try {
      await this.#api.addStream(id, url);
      this.#form.reset();
      this.#suggest();
      this.#onAdded(id);
    } catch (error) {
      this.#fail(describeFailure(error), this.#url);
    } finally {
      this.#button.disabled = false;
    }
  }

  #fail(message: string, field: HTMLInputElement | null): void {
    this.#error.textContent = message;
    this.#url.setAttribute('aria-invalid', String(message !== ''));
    field?.focus();
  }
}
