import { byId } from './view/page.js';

const STORAGE_KEY = 'evoked.token';
/** What a header can carry; a request with anything else would not leave the browser. */
const SENDABLE = /^[!-~]+$/;

/** The bearer token of this tab: asked for when the server wants one, kept in sessionStorage. */
export class SessionToken {
  readonly #dialog = byId('token-dialog', HTMLDialogElement);
  readonly #input = byId('token-input', HTMLInputElement);
  readonly #error = byId('token-error', HTMLParagraphElement);

  constructor(onToken: () => void) {
    this.#dialog.addEventListener('cancel', (event) => event.preventDefault());
    byId('token-form', HTMLFormElement).addEventListener('submit', (event) => {
      const token = this.#input.value.trim();
      if (!SENDABLE.test(token)) {
        event.preventDefault();
        this.#error.textContent = 'A token has neither spaces nor letters beyond ASCII.';
        return;
      }
      sessionStorage.setItem(STORAGE_KEY, token);
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
