import { type Api, describeFailure } from '../api.js';
import { byId } from './page.js';

/** Removes the selected stream, on the second press: the first one asks. */
export class RemoveButton {
  readonly #button = byId('remove-button', HTMLButtonElement);
  readonly #error = byId('remove-error', HTMLParagraphElement);
  readonly #api: Api;
  readonly #onRemoved: (id: string) => void;
  #id: string | null = null;
  #armed = false;

  constructor(api: Api, onRemoved: (id: string) => void) {
    this.#api = api;
    this.#onRemoved = onRemoved;
    this.#button.addEventListener('click', () => {
      if (this.#armed) void this.#remove();
      else this.#arm(true);
    });
    this.#button.addEventListener('blur', () => this.#arm(false));
    this.#button.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#arm(false);
    });
  }

  /** Another stream is selected. */
  show(id: string): void {
    this.#id = id;
    this.#error.textContent = '';
    this.#arm(false);
  }

  #arm(armed: boolean): void {
    this.#armed = armed;
    this.#button.textContent = armed ? 'Really remove' : 'Remove';
    this.#button.classList.toggle('danger', armed);
  }

  async #remove(): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    this.#button.disabled = true;
    try {
      await this.#api.removeStream(id);
      this.#onRemoved(id);
    } catch (error) {
      this.#error.textContent = describeFailure(error);
    } finally {
      this.#button.disabled = false;
      this.#arm(false);
    }
  }
}
