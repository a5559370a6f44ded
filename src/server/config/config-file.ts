import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { EvokedError } from '../../core/errors.js';

/**
 * Reads a settings file.
 * @param optional a file that does not exist counts as empty
 * @returns its content, an empty object where the file is empty
 * @throws {EvokedError} ERR_CONFIG_INVALID
 */
export async function readConfigFile(path: string, optional: boolean): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'an error';
    if (optional && code === 'ENOENT') return {};
    throw new EvokedError('ERR_CONFIG_INVALID', {
      what: `settings file ${path} cannot be read`,
      got: code,
      cause,
    });
  }
  const content = parseYaml(path, text);
  if (content === null || content === undefined) return {};
  if (typeof content === 'object' && !Array.isArray(content)) return content as Record<string, unknown>;
  const got = Array.isArray(content) ? 'a list' : typeof content;
  throw new EvokedError('ERR_CONFIG_INVALID', {
    what: `settings file ${path}`,
    got,
    expected: 'keys and values',
  });
}

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text, { prettyErrors: false });
  } catch (cause) {
    // Without the quoted line, which may hold a password.
    const got = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'an error';
    throw new EvokedError('ERR_CONFIG_INVALID', { what: `settings file ${path} is no YAML`, got, cause });
  }
}
