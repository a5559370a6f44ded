import { redactUrl } from '../../core/redact-url.js';

const URL_IN_TEXT = /[a-z][a-z0-9+.-]*:\/\/[^\s'"<>]+/gi;

/** `text` with the credentials of every URL in it taken out: for messages that libraries make. */
export function redactText(text: string): string {
  return text.replace(URL_IN_TEXT, redactUrl);
}
