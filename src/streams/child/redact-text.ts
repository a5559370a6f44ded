import { redactUrl } from '../../core/redact-url.js';

const URL_IN_TEXT = /[a-z][a-z0-9+.-]*:\/\/[^\s'"<>]+/gi;

/** What follows an address that was redacted to its end already is of the sentence around it: bytes of no secret. */
const AFTER_REDACTED = /(?<=\*{3})[)\]};:,.]+$/;

/**
 * `text` with the credentials of every URL in it taken out: for messages that libraries make.
 * @param known a URL that the text may hold: a secret of it may have white space and quotes, by which others are told to end
 */
export function redactText(text: string, known = ''): string {
  const rest = known === '' ? text : text.replaceAll(known, () => redactUrl(known));
  return rest.replace(URL_IN_TEXT, (found) => {
    const end = AFTER_REDACTED.exec(found)?.[0] ?? '';
    return redactUrl(found.slice(0, found.length - end.length)) + end;
  });
}
