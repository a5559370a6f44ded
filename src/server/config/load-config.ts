import { resolve } from 'node:path';
import type { z } from 'zod';
import { configSchema, type Config } from '../../core/config.js';
import { EvokedError } from '../../core/errors.js';
import { issueInWords } from '../../core/issue-in-words.js';
import { redactUrl } from '../../core/redact-url.js';
import { readEnvironment, type Given } from './config-environment.js';
import { readConfigFile } from './config-file.js';

/** Name of the settings file that is read where none is named. */
export const DEFAULT_CONFIG_FILE = 'evoked.yaml';

/** Where settings come from. */
export interface LoadConfigOptions {
  /** As in a settings file; undefined values count as not given. Wins over everything. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Must exist. Default: evoked.yaml in `folder`, which need not. */
  readonly file?: string | undefined;
  /** Default: the current folder. */
  readonly folder?: string;
}

/**
 * Settings: flag over environment over settings file over default; `sources` of all are joined. Validated and frozen.
 * @throws {EvokedError} ERR_CONFIG_INVALID, naming the key and where it was given
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<Config> {
  const { flags = {}, environment = process.env, file, folder = process.cwd() } = options;
  const path = resolve(folder, file ?? DEFAULT_CONFIG_FILE);
  const given: Given[] = [
    ...leaves(await readConfigFile(path, file === undefined), [], () => path),
    ...readEnvironment(environment).flatMap(({ value, path: at, origin }) => leaves(value, at, () => origin)),
    ...leaves(flags, [], flagOf),
  ];
  const settings = joined(given);
  const result = configSchema.safeParse(settings);
  if (result.success) return deepFreeze(result.data);
  const [issue] = result.error.issues;
  throw describe(issue, given, settings);
}

function leaves(
  value: unknown,
  path: readonly string[],
  originOf: (path: readonly string[]) => string,
): Given[] {
  // A key without a value, as where everything below it is commented out, is not given.
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || Array.isArray(value)) {
    return [{ path, value, origin: originOf(path) }];
  }
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key], originOf));
}

/** Later ones win. */
function joined(given: readonly Given[]): unknown {
  const root = emptyNode();
  for (const { path, value } of given) {
    let node = root;
    for (const key of path.slice(0, -1)) {
      node = node[key] = asNode(node[key]);
    }
    const last = path.at(-1);
    if (last !== undefined) node[last] = value;
  }
  return root;
}

function asNode(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : emptyNode();
}

/** Without a prototype, so that no key of a file means more than itself. */
function emptyNode(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

function describe(
  issue: z.core.$ZodIssue | undefined,
  given: readonly Given[],
  settings: unknown,
): EvokedError {
  const at = (issue?.path ?? []).map(String);
  const path = issue?.code === 'unrecognized_keys' ? [...at, issue.keys[0] ?? ''] : at;
  const origin = given.findLast((each) =>
    each.path.slice(0, path.length).every((key, index) => path[index] === key),
  )?.origin;
  const place = origin === undefined ? '' : ` (${origin})`;
  if (issue?.code === 'invalid_key') return badKey(issue, place);
  const what = `setting ${path.join('.')}${place}`;
  if (issue === undefined || issue.code === 'unrecognized_keys')
    return new EvokedError('ERR_CONFIG_INVALID', { what: `${what} is unknown` });
  const mayRepeat = !SECRET.has(at[0] ?? '');
  return new EvokedError('ERR_CONFIG_INVALID', { what, ...issueInWords(issue, settings, mayRepeat) });
}

/** Of an id in `sources`; who mistakes the place of a URL has written it there, with its password. */
function badKey({ path, issues }: z.core.$ZodIssueInvalidKey, place: string): EvokedError {
  const keys = path.map(String);
  const what = `setting ${keys.slice(0, -1).join('.')}${place}: an id cannot be used`;
  const got = JSON.stringify(redactUrl(keys.at(-1) ?? '').slice(0, 80));
  const expected = issues[0]?.message.replace(/^expected /, '') ?? 'another id';
  return new EvokedError('ERR_CONFIG_INVALID', { what, got, expected });
}

/** Settings whose values may hold passwords. */
const SECRET: ReadonlySet<string> = new Set(['token', 'sources']);

/** Flags that may be repeated have the name of one of what they collect. */
const SINGULAR: Readonly<Record<string, string>> = { sources: 'source', allowAddresses: 'allowAddress' };

/** `source.allowDevices` has the flag --allow-devices, `rtmp.port` --rtmp-port; what follows `sources` is an id. */
function flagOf([first = '', ...rest]: readonly string[]): string {
  if (first === 'rtmp') return `flag --${[first, ...rest].map(kebabCase).join('-')}`;
  const key = first === 'source' ? (rest[0] ?? first) : first;
  return `flag --${kebabCase(SINGULAR[key] ?? key)}`;
}

function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
