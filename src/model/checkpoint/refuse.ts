import { EvokedError } from '../../core/errors.js';

/** Ends the reading of a weight file: what is wrong with it, what was got, what was expected. */
export function refuse(what: string, got?: string, expected?: string): never {
  throw new EvokedError('ERR_MODEL_WEIGHTS', {
    what: printable(what, MAX_WHAT_LENGTH),
    ...(got === undefined ? {} : { got: printable(got) }),
    ...(expected === undefined ? {} : { expected }),
  });
}

const MAX_WHAT_LENGTH = 300;
const MAX_SHOWN_LENGTH = 120;

/** Text of a stranger's file as it may stand in one line of an error. */
export function printable(text: string, maxLength = MAX_SHOWN_LENGTH): string {
  const shown = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return shown.replace(/[^\x20-\x7e\u00a0-\ud7ff]/g, '?');
}
