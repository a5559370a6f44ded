import { describe, expect, it } from 'vitest';
import { withAddresses } from '../../../src/streams/policy/playlist.js';

function addressesOf(playlist: string): string[] {
  const found: string[] = [];
  withAddresses(playlist, (address) => {
    found.push(address);
    return address;
  });
  return found;
}

describe('withAddresses()', () => {
  it.each([
    ['#EXTM3U\na.ts\nb.ts', ['a.ts', 'b.ts']],
    ['#EXTM3U\r\na.ts\r\rb.ts\0c.ts\n', ['a.ts', 'b.ts', 'c.ts']],
    ['#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k?a=1,2"\na.ts', ['k?a=1,2', 'a.ts']],
    ['#EXTM3U\n#EXT-X-KEY:METHOD=NONE', []],
    ['#EXTM3U\n#EXT-X-MAP: , URI=init.mp4,BYTERANGE="1@0"', ['init.mp4']],
    ['#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,NAME="URI=no",URI="t\\cp://h"', ['tcp://h']],
    ['#EXTM3U\n#EXT-X-MEDIA:NAME="a\\"b",URI="x.m3u8"', ['x.m3u8']],
    ['#EXTM3U\n#EXT-X-MEDIA:URI="a",URI="b', ['a', 'b']],
    ['#EXTM3U\n#EXT-X-MEDIA:URI="",NAME="none"', []],
    ['#EXTM3U\n# a note: http://nowhere\n#EXTINF:2,URI="no"\na.ts', ['a.ts']],
  ])('finds those of %j', (playlist, expected) => {
    expect(addressesOf(playlist)).toEqual(expected);
  });

  it('puts others in their places, and leaves everything else', () => {
    const playlist = [
      '#EXTM3U',
      '#EXT-X-TARGETDURATION:2',
      '#EXT-X-KEY:METHOD=AES-128,URI="key",IV=0x01',
      '#EXTINF:1.5,a title',
      'a.ts',
      '#EXT-X-ENDLIST',
      '',
    ].join('\n');
    expect(withAddresses(playlist, (address) => `http://h/${address}?"\\`)).toBe(
      [
        '#EXTM3U',
        '#EXT-X-TARGETDURATION:2',
        '#EXT-X-KEY:METHOD="AES-128",URI="http://h/key?\\"\\\\",IV="0x01"',
        '#EXTINF:1.5,a title',
        'http://h/a.ts?"\\',
        '#EXT-X-ENDLIST',
        '',
      ].join('\n'),
    );
  });
});
