import { type SnippetLanguage, subscribeSnippet } from '../data/subscribe-snippets.js';
import { byId, onChoice, setText } from './page.js';

/** Code to subscribe with, for the selected stream, and a button that copies it. */
export class SnippetView {
  readonly #code = byId('snippet', HTMLElement);
  readonly #button = byId('copy-button', HTMLButtonElement);
  readonly #hasToken: () => boolean;
  #language: SnippetLanguage = 'javascript';
  #streamId: string | null = null;

  constructor(hasToken: () => boolean) {
    this.#hasToken = hasToken;
    onChoice(byId('snippet-choice', HTMLFieldSetElement), (value) => {
      this.#language = value as SnippetLanguage;
      this.#render();
    });
    this.#button.addEventListener('click', () => void this.#copy());
  }

  show(streamId: string): void {
    this.#streamId = streamId;
    this.#render();
  }

  #render(): void {
    if (this.#streamId === null) return;
    setText(this.#code, subscribeSnippet(this.#language, location.origin, this.#streamId, this.#hasToken()));
    this.#button.textContent = 'Copy';
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#code.textContent ?? '');
      this.#button.textContent = 'Copied';
    } catch {
      // Pages without a secure context have no clipboard: leave the text selected for the keyboard.
      getSelection()?.selectAllChildren(this.#code);
      this.#button.textContent = 'Selected: press Ctrl+C';
    }
  }
}
