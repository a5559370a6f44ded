import { byId } from './view/page.js';

const STORAGE_KEY = 'evoked.token';

/** The bearer token of this tab: asked for when the server wants one, kept in sessionStorage. */
export class SessionToken {
  readonly #dialog = byId('token-dialog', HTMLDialogElement);
  readonly #input = byId('token-input', HTMLInputElement);
  readonly #error = byId('token-error', HTMLParagraphElement);

  constructor(onToken: () => void) {
    this.#dialog.addEventListener('cancel', (event) => event.preventDefault());
    byId('token-form', HTMLFormElement).addEventListener('submit', () => {
      sessionStorage.setItem(STORAGE_KEY, this.#input.value.trim());
      this.#input.value = '';
      onToken();
    });
  }

  get value(): string | null {
    return sessionStorage.getItem(STORAGE_KEY);
  }

  /** Shows the question, unless it is open already. */
  ask(): void {
    if (this.#dialog.open) return;
    this.#error.textContent = this.value === null ? '' : 'The server refused this token.';
    sessionStorage.removeItem(STORAGE_KEY);
    this.#dialog.showModal();
  }
}
