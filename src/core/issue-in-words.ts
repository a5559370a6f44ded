import type { z } from 'zod';
import type { ErrorParts } from './errors.js';

type Issue = z.core.$ZodIssue;

/** What a schema did not take, for the message of an error. */
export type IssueWords = Required<Pick<ErrorParts, 'got' | 'expected'>>;

const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
  record: 'keys and values',
};

/**
 * An issue of a schema in plain words.
 * @param given what the schema was given
 * @param mayRepeat whether text that was given may be repeated: where it cannot be a password
 */
export function issueInWords(issue: Issue, given: unknown, mayRepeat: boolean): IssueWords {
  return { got: gotIn(valueAt(given, issue.path), mayRepeat), expected: expectedBy(issue) };
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function gotIn(value: unknown, mayRepeat: boolean): string {
  if (value === undefined) return 'nothing';
  if (value === '') return 'empty text';
  if (typeof value === 'string') return mayRepeat ? JSON.stringify(value.slice(0, 80)) : 'other text';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'keys and values' : JSON.stringify(value);
}

function expectedBy(issue: Issue): string {
  // Where the schema says it itself.
  const own = /^expected (.*)$/s.exec(issue.message)?.[1];
  if (own !== undefined) return own;
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.map(String).join(' or ');
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_format':
      return issue.format === 'url' ? 'an address with http:// or https://' : `a valid ${issue.format}`;
    default:
      return `something else (${issue.message})`;
  }
}

function unitOf(origin: string): string {
  return origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
}
