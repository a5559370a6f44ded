import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { configSchema } from '../../src/core/config.js';
import { CONFIG_KEYS } from '../../src/server/config/config-keys.js';
import { loadConfig, type LoadConfigOptions } from '../../src/server/config/load-config.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-config-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

async function load(yaml: string | null, options: LoadConfigOptions = {}) {
  if (yaml !== null) await writeFile(join(folder, 'evoked.yaml'), yaml);
  return loadConfig({ environment: {}, folder, ...options });
}

describe('loadConfig', () => {
  it('takes the defaults where nothing is given', async () => {
    expect(await load(null)).toEqual(configSchema.parse({}));
  });

  it('lets a flag win over the environment, the environment over the file, the file over the default', async () => {
    const yaml = 'port: 1\nhost: localhost\nmaxStreams: 3\nsegment:\n  idleTimeoutMs: 5\n';
    const environment = { EVOKED_PORT: '2', EVOKED_HOST: '::1', EVOKED_SEGMENT_WATERMARK_TIMEOUT_MS: '7' };
    const config = await load(yaml, { environment, flags: { port: 3, host: undefined } });
    expect(config).toMatchObject({ port: 3, host: '::1', maxStreams: 3, maxSubscribers: 256 });
    expect(config.segment).toEqual({ idleTimeoutMs: 5, watermarkTimeoutMs: 7 });
  });

  it('joins the sources of all places', async () => {
    const { sources } = await load('sources:\n  a: film:1\n  b: film:2\n', {
      environment: { EVOKED_SOURCES: 'b=rtsp://h/?x=1,2  c=film:3' },
      flags: { sources: { d: 'film:4' } },
    });
    expect(sources).toEqual({ a: 'film:1', b: 'rtsp://h/?x=1,2', c: 'film:3', d: 'film:4' });
  });

  it('reads every kind of value from the environment', async () => {
    const environment = {
      EVOKED_SOURCE_ALLOW_DEVICES: 'false',
      EVOKED_ALLOWED_ORIGINS: 'https://a.example, https://b.example',
      EVOKED_LOG_LEVEL: 'warn',
      EVOKED_HISTORY_SECONDS: '1.5',
      EVOKED_TOKEN: '1234567890123456',
      EVOKED_PACK: '',
    };
    expect(await load(null, { environment })).toMatchObject({
      source: { allowDevices: false },
      allowedOrigins: ['https://a.example', 'https://b.example'],
      logLevel: 'warn',
      historySeconds: 1.5,
      token: '1234567890123456',
      pack: '',
    });
  });

  it('is frozen to its depths', async () => {
    const config = await load('sources:\n  a: film:1\n');
    expect([config, config.segment, config.sources].every(Object.isFrozen)).toBe(true);
  });

  it('takes empty files and empty sections for nothing', async () => {
    expect(await load('# nothing\n')).toEqual(configSchema.parse({}));
    expect(await load('sources:\n  # a: film:1\nsegment:\n')).toEqual(configSchema.parse({}));
  });

  it.each([
    ['colour: red', {}, {}, /setting colour \(.*evoked\.yaml\) is unknown/],
    ['segment:\n  colour: red', {}, {}, /setting segment\.colour \(.*evoked\.yaml\) is unknown/],
    ['port: eighty', {}, {}, /setting port \(.*evoked\.yaml\); got "eighty"; .*number/],
    ['port: 99999', {}, {}, /setting port \(.*evoked\.yaml\); got 99999; expected .* 0 to 65535$/],
    ['maxStreams: 0', {}, {}, /setting maxStreams .*; got 0; expected more than 0$/],
    ['source:\n  memoryLimitMb: 3.5', {}, {}, /; got 3.5; expected a whole number$/],
    ['logLevel: loud', {}, {}, /; got "loud"; expected trace or debug or/],
    ['segment: 7', {}, {}, /setting segment \(.*evoked\.yaml\)/],
    [
      'sources:\n  a b: film:1',
      {},
      {},
      /setting sources \(.*evoked\.yaml\): .* got "a b"; expected 1 to 64 of a-z/,
    ],
    [
      '',
      {},
      { sources: { cam: '' } },
      /setting sources\.cam \(flag --source\); got empty text; expected a URL or a path$/,
    ],
    ['', {}, { sources: { 'rtsp://u:p@h/?a': 'b' } }, /\(flag --source\): .*"rtsp:\/\/\*\*\*@h\/\?a"/],
    [
      '',
      {},
      { source: { allowAddresses: ['home'] } },
      /\(flag --allow-address\); got "home"; expected addresses or ranges/,
    ],
    ['__proto__:\n  port: 1', {}, {}, /__proto__/],
    ['port: 1', { EVOKED_PORT: 'x' }, {}, /setting port \(environment variable EVOKED_PORT\)/],
    ['', { EVOKED_TOKEN: 'short' }, {}, /setting token \(environment variable EVOKED_TOKEN\)/],
    ['', { EVOKED_TOKEN: 'correct horse battery' }, {}, /setting token .*without spaces/],
    ['', { EVOKED_TOKEN: 'korrektes-pferdchen-ß' }, {}, /setting token .*ASCII/],
    ['', { EVOKED_COLOUR: 'red' }, {}, /environment variable EVOKED_COLOUR is no setting/],
    ['', { EVOKED_SOURCES: 'film:1' }, {}, /environment variable EVOKED_SOURCES cannot be read/],
    ['port: 1', { EVOKED_PORT: '2' }, { port: -1 }, /setting port \(flag --port\)/],
    ['', {}, { logLevel: 'loud' }, /setting logLevel \(flag --log-level\)/],
    ['- a list', {}, {}, /evoked\.yaml; got a list/],
    ['a: [', {}, {}, /evoked\.yaml is no YAML/],
  ])('names the key and its place: %j %j %j', async (yaml, environment, flags, message) => {
    await expect(load(yaml, { environment, flags })).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      message: expect.stringMatching(message) as string,
    });
  });

  it('never repeats a secret', async () => {
    const wrong = load(null, { environment: { EVOKED_TOKEN: 'hunter2' } });
    await expect(wrong).rejects.toMatchObject({ message: expect.not.stringContaining('hunter2') as string });
  });

  it('does not mind variables that others set', async () => {
    const environment = {
      EVOKED_SERVICE_HOST: '10.0.0.1',
      EVOKED_PORT_8787_TCP: 'tcp://10.0.0.1:8787',
      PATH: '/bin',
    };
    expect(await load(null, { environment })).toEqual(configSchema.parse({}));
  });

  it('wants a file that is named to exist', async () => {
    await expect(load(null, { file: 'other.yaml' })).rejects.toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  });
});

describe('docs/configuration.md', () => {
  it('has a row for every setting, with its variable and its default, and for nothing else', async () => {
    const text = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-zA-Z.]+)`\s*\| `(EVOKED_[A-Z_]+)`\s*\| `([^`]*)`\s*\|/gm)];
    const defaults = configSchema.parse({});
    const expected = CONFIG_KEYS.map(({ path, variable }) => {
      const value = path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], defaults);
      return [path.join('.'), variable, JSON.stringify(value)];
    });
    expect(rows.map((row) => row.slice(1, 4))).toEqual(expected);
  });
});
