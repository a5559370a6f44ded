import { expect, test } from 'vitest';
import { firstStation } from '../../../src/streams/decode/station-list.js';

const BASE = 'http://host/path/list.m3u';

test.each([
  ['http://other:8000/live', 'http://other:8000/live'],
  ['#EXTM3U\n#EXTINF:-1,Name\nhttps://other/live?a=b', 'https://other/live?a=b'],
  ['\r\n  stream \r\n', 'http://host/path/stream'],
  ['/;', 'http://host/;'],
  ['[playlist]\nNumberOfEntries=2\nFile2=http://b/\nFile1=http://a/', 'http://b/'],
  ['[Playlist]\nversion=2\ntitle1=http://no/\nlength1=-1\nfile1 = http://a/x=y', 'http://a/x=y'],
  ['file:///etc/passwd\nrtsp://camera/1\nhttp://a/', 'http://a/'],
  ['#EXTM3U\n', null],
  ['', null],
  ['http://[broken', null],
])('%j', (text, station) => {
  expect(firstStation(text, BASE)).toBe(station);
});
