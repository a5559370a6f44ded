import { describe, expect, it } from 'vitest';
import { EvokedError } from '../../../src/core/errors.js';
import { parseSource, type SourceSpec } from '../../../src/streams/source/parse-source.js';

const parse = (url: string): SourceSpec => parseSource(url, null);

function errorOf(act: () => unknown): EvokedError {
  try {
    act();
  } catch (error) {
    if (error instanceof EvokedError) return error;
    throw error;
  }
  throw new Error('did not throw');
}

describe('parseSource()', () => {
  it.each([
    ['rtsp://camera.local/stream1', 'rtsp'],
    ['rtsps://user:secret@10.0.0.7:322/h264', 'rtsp'],
    ['rtsp://[fe80::1]:8554/live', 'rtsp'],
    ['rtmp://live.example/app/key', 'rtmp'],
    ['rtmps://live.example/app/key', 'rtmp'],
    ['srt://host:9000?latency=200', 'srt'],
    ['srt://:9000?mode=listener', 'srt'],
    ['udp://@239.0.0.1:1234', 'udp'],
    ['udp://:1234', 'udp'],
    ['http://radio.example/stream', 'http'],
    ['https://cdn.example/live/index.m3u8?token=abc', 'hls'],
  ])('%s is live %s', (url, kind) => {
    expect(parse(url)).toMatchObject({ kind, live: true, finite: false, device: false, target: url });
  });

  it.each([
    ['https://cdn.example/film.mp4?x=1', 'http', 'https://cdn.example/film.mp4?x=1'],
    ['/media/a film.mp4', 'file', '/media/a film.mp4'],
    ['clip.webm', 'file', 'clip.webm'],
    ['./12:30.mp4', 'file', './12:30.mp4'],
    ['C:\\media\\clip.mp4', 'file', 'C:\\media\\clip.mp4'],
    ['file:///media/a%20film.mp4', 'file', '/media/a film.mp4'],
  ])('%s is a %s with an end', (url, kind, target) => {
    expect(parse(url)).toMatchObject({ kind, live: false, finite: true, device: false, target });
  });

  it.each([
    ['camera:', 'camera', ''],
    ['camera:FaceTime HD', 'camera', 'FaceTime HD'],
    ['camera:FaceTime%20HD', 'camera', 'FaceTime HD'],
    ['camera:/dev/video0', 'camera', '/dev/video0'],
    ['microphone:100% mine', 'microphone', '100% mine'],
    ['screen:', 'screen', ''],
  ])('%s is a device', (url, kind, target) => {
    expect(parse(url)).toMatchObject({ kind, live: true, device: true, target });
  });

  it.each([
    ['srt://:9000?mode=listener', true],
    ['srt://host:9000?mode=caller', false],
    ['srt://host:9000', false],
    ['rtmp://0.0.0.0/live/key?listen', true],
    ['rtmp://0.0.0.0/live/key?listen=0', false],
    ['rtmp://host/live/listen', false],
    ['http://host/live?listen=1', false],
  ])('%s listens: %s', (url, listens) => {
    expect(parse(url).listens).toBe(listens);
  });

  it('a pushed stream waits for its sender, and its key is not shown', () => {
    const key = '0123456789_abcd-EF';
    expect(parse(`push:${key}`)).toMatchObject({
      kind: 'push',
      target: key,
      display: 'push:***',
      live: true,
    });
    expect(parse('push:')).toMatchObject({ kind: 'push', target: '', display: 'push:', listens: true });
    for (const bad of ['short', `${key}/x`, `${key} `, 'ä'.repeat(20), 'x'.repeat(201)]) {
      expect(() => parse(`push:${bad}x`)).toThrow(expect.objectContaining({ code: 'ERR_SOURCE_URL' }));
      expect(() => parse(`push:${bad}x`)).not.toThrow(bad);
    }
  });

  it('knows the built-in film', () => {
    expect(parse('film:')).toMatchObject({ kind: 'film', target: 'evoked', display: 'film:evoked' });
    expect(parse('film:42')).toMatchObject({ kind: 'film', target: '42', live: true, finite: false });
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['gopher://host/', 'not supported'],
    ['javascript:alert(1)', 'not supported'],
    ['concat:/etc/passwd', 'not supported'],
    ['constructor:x', 'not supported'],
    ['rtsp:camera', 'no host'],
    ['rtsp:///path', 'no host'],
    ['http://', 'parsed'],
    ['rtsp://host:99999/', 'parsed'],
    ['udp://239.0.0.1', 'no port'],
    ['srt://host', 'no port'],
    ['file://other-machine/clip.mp4', 'this machine'],
    ['clip.mp4\0.txt', 'NUL'],
  ])('refuses %j: %s', (url, why) => {
    const error = errorOf(() => parse(url));
    expect(error.code).toBe('ERR_SOURCE_URL');
    expect(error.message).toContain(why);
    expect(error.message).not.toContain('\n');
  });

  it('takes a scheme in any case, and opens it in lower case', () => {
    expect(parse('RTSP://Camera/Live')).toMatchObject({ kind: 'rtsp', target: 'rtsp://Camera/Live' });
  });

  it('never shows credentials', () => {
    expect(parse('rtsp://admin:hunter2@camera/s?token=t0p').display).toBe('rtsp://***@camera/s?token=***');
    for (const url of [
      'rtsp://admin:hun/ter2@camera/',
      'rtsp://admin:hunter2@host:99999/',
      'udp://admin:hunter2@host',
      'file://admin:hunter2@host/clip.mp4',
    ]) {
      expect(errorOf(() => parse(url)).message, url).not.toMatch(/hun|ter2/);
    }
  });
});
