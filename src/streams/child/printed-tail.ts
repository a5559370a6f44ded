import type { Readable } from 'node:stream';
import { redactText } from './redact-text.js';

const MAX_CHARACTERS = 500;

/** What a child printed last, kept for the message of its end. */
export class PrintedTail {
  #text = '';
  #isCut = false;

  constructor(stderr: Readable) {
    stderr.on('data', (chunk: Buffer) => {
      const text = this.#text + chunk.toString('utf8');
      this.#isCut ||= text.length > MAX_CHARACTERS;
      this.#text = text.slice(-MAX_CHARACTERS);
    });
  }

  /** `got` and, on the same line and without credentials, what was printed. */
  after(got: string): string {
    // A word that was cut may be the rest of an address, no longer to be known as one.
    const whole = this.#isCut ? this.#text.replace(/^\S*/, '') : this.#text;
    const printed = redactText(whole.trim()).replace(/\s+/g, ' ');
    return printed === '' ? got : `${got} and "${printed}"`;
  }
}
