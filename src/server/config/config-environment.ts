import { EvokedError } from '../../core/errors.js';
import { CONFIG_KEYS, type ConfigKey } from './config-keys.js';

/** A setting that was given somewhere, and where. */
export interface Given {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly origin: string;
}

const PREFIX = 'EVOKED_';

/** Not settings: where packs lie, what the tests go by, and what Kubernetes sets for a service of the name evoked. */
const FOREIGN = /^EVOKED_(HOME|SKIP_SYSTEM|REQUIRE_SYSTEM|CHROMIUM|SERVICE_.*|PORT_.*)$/;

/**
 * Settings in environment variables. An empty variable counts as not set.
 * @throws {EvokedError} ERR_CONFIG_INVALID for a variable after EVOKED_ that is no setting
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Given[] {
  const given: Given[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || text === undefined || text === '' || FOREIGN.test(variable)) continue;
    const key = CONFIG_KEYS.find((each) => each.variable === variable);
    const origin = `environment variable ${variable}`;
    if (key === undefined) {
      const expected = 'a variable of docs/configuration.md';
      throw new EvokedError('ERR_CONFIG_INVALID', { what: `${origin} is no setting`, expected });
    }
    given.push({ path: key.path, value: parseText(key, text, origin), origin });
  }
  return given;
}

function parseText(key: ConfigKey, text: string, origin: string): unknown {
  switch (key.kind) {
    case 'text':
      return text;
    case 'number': {
      const value = Number(text);
      // A NaN would be reported as such; the text itself says more.
      return text.trim() === '' || Number.isNaN(value) ? text : value;
    }
    case 'boolean':
      return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
    case 'list':
      return text.split(',').map((item) => item.trim());
    case 'sources':
      return Object.fromEntries(
        text
          .trim()
          .split(/\s+/)
          .map((pair) => splitPair(pair, origin)),
      );
  }
}

function splitPair(pair: string, origin: string): [id: string, url: string] {
  const separator = pair.indexOf('=');
  if (separator < 1) {
    const expected = 'ID=URL pairs with spaces between them';
    throw new EvokedError('ERR_CONFIG_INVALID', { what: `${origin} cannot be read`, expected });
  }
  return [pair.slice(0, separator), pair.slice(separator + 1)];
}
