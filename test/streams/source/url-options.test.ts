import { expect, test } from 'vitest';
import { parseSource } from '../../../src/streams/source/parse-source.js';
import { urlOptions, urlParameters } from '../../../src/streams/source/url-options.js';

const badUrl = expect.objectContaining({ code: 'ERR_SOURCE_URL' }) as unknown as Error;

test('parameters are read as written', () => {
  expect(urlParameters('srt://h:9#?streamid=#!::r=a,m=b&&passphrase=%41+b&flag&a?b=c')).toEqual([
    ['streamid', '#!::r=a,m=b'],
    ['passphrase', '%41+b'],
    ['flag', ''],
    ['a?b', 'c'],
  ]);
  expect(urlParameters('srt://h:9')).toEqual([]);
  expect([...urlOptions('srt://h:9?mode=caller&enforced_encryption=1')]).toEqual([
    ['mode', 'caller'],
    ['enforced_encryption', '1'],
  ]);
});

test.each([
  ...['?mode=listener&%70assphrase=aaaaaaaaaa', '?mod%65=listener', '?+mode=listener', '?Mode=listener'],
  ...['?mo\tde=listener', '?=a', '?a?mode=listener', '?streamid=#&%6dode=listener'],
  ...['?mode=caller&mode=listener', '?passphrase=aaaaaaaaaa&passphrase=bbbbbbbbbb'],
  ...['?mode', '?mode=', '?mode=1', '?mode=max', '?mode=%6cistener', '?mode=listener#', '?mode=Listener'],
  ...['none', '00', 'x', '', 'off', '1.0', '+0', '%30', '-1', '2'].map(
    (value) => `?enforced_encryption=${value}`,
  ),
])('what two readers could take for two things is refused: %s', (query) => {
  for (const scheme of ['srt', 'udp']) {
    expect(() => parseSource(`${scheme}://0.0.0.0:9000${query}`, null)).toThrow(badUrl);
  }
});

test('a refusal repeats no value that may be secret', () => {
  const run = (): unknown => parseSource('srt://h:9?%70assphrase=hunter2hunter2', null);
  expect(run).toThrow('%70assphrase');
  expect(run).not.toThrow('hunter2');
});

test.each([
  ['srt://0.0.0.0:9000?streamid=#a&mode=listener', true],
  ['srt://0.0.0.0:9000#?mode=listener', true],
  ['srt://0.0.0.0:9000?mode=caller', false],
  ['rtmp://0.0.0.0/live/key?a=#&listen=1', true],
  ['rtmp://0.0.0.0/live/key?listen', true],
  ['rtmp://0.0.0.0/live/key?listen=0', false],
  ['rtmp://live.example/a/b?%6cisten=1&t=1&t=2', false],
])('%s listens: %s', (url, listens) => {
  expect(parseSource(url, null).listens).toBe(listens);
});
