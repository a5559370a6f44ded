import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, EvokedError, toEvokedError } from '../../src/core/errors.js';

const SECTION = /^### (\S+)\n\n([^]*?)(?=^##|(?![^]))/gm;

describe('docs/errors.md', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const sections = new Map([...page.matchAll(SECTION)].map(([, code, text]) => [code!, text!]));

  it('explains every code, and none that does not exist, once', () => {
    const headings = [...page.matchAll(/^### (\S+)$/gm)].map(([, code]) => code);
    expect(headings.toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
  });

  it('starts each with the meaning that the code carries', () => {
    for (const [code, meaning] of Object.entries(ERROR_CODES)) {
      expect(sections.get(code)?.split('\n')[0], code).toBe(meaning);
    }
  });

  it('names the usual cause of each and what to do', () => {
    for (const [code, text] of sections) {
      expect(text, code).toMatch(/^Usual cause: \S/m);
      expect(text, code).toMatch(/^What to do: \S/m);
    }
  });

  it('mentions no other code', () => {
    for (const [code] of page.matchAll(/ERR_[A-Z_]+/g)) expect(Object.keys(ERROR_CODES)).toContain(code);
  });
});

describe('EvokedError', () => {
  it('says what, got and expected on one line and keeps its cause', () => {
    const cause = new Error('low level');
    const error = new EvokedError('ERR_FILE_FORMAT', {
      what: 'Not a file',
      got: 'text',
      expected: 'safetensors',
      cause,
    });
    expect(error.message).toBe('Not a file; got text; expected safetensors');
    expect(error.code).toBe('ERR_FILE_FORMAT');
    expect(error.cause).toBe(cause);
  });

  it('wraps what is not coded, and leaves what is', () => {
    const coded = new EvokedError('ERR_USAGE', { what: 'x' });
    expect(toEvokedError(coded)).toBe(coded);
    expect(toEvokedError('text')).toMatchObject({ code: 'ERR_INTERNAL', message: 'text', cause: 'text' });
    expect(toEvokedError(new TypeError('boom'))).toMatchObject({ code: 'ERR_INTERNAL', message: 'boom' });
  });
});
