import { describe, expect, test } from 'vitest';
import { inputTarget, type InputTarget } from '../../../src/streams/decode/input-target.js';
import { parseSource } from '../../../src/streams/source/parse-source.js';
import { fileOptions } from '../../fixtures/decode.js';

function target(
  url: string,
  platform: NodeJS.Platform = 'linux',
  rtspTransport: 'auto' | 'tcp' | 'udp' = 'auto',
): InputTarget {
  const options = fileOptions(url, { readTimeoutMs: 7000, rtspTransport });
  return inputTarget(parseSource(url, null), options, platform);
}

describe('network sources', () => {
  test('rtsp is probed briefly, and begins over TCP', () => {
    const { settings, alternatives, patienceMs } = target('rtsp://camera/1');
    expect(settings).toMatchObject({
      rtsp_transport: 'udp+tcp',
      rtsp_flags: 'prefer_tcp',
      timeout: '7000000',
      fpsprobesize: '0',
    });
    expect(alternatives).toMatchObject([{ rtsp_transport: 'udp' }]);
    expect(patienceMs).toBeUndefined();
  });

  test('rtsp over UDP is given little time, and then TCP', () => {
    const { settings, alternatives, patienceMs } = target('rtsp://camera/1', 'linux', 'udp');
    expect(settings).toMatchObject({ rtsp_transport: 'udp+tcp', timeout: '7000000' });
    expect(settings).not.toHaveProperty('rtsp_flags');
    expect(alternatives).toMatchObject([{ rtsp_transport: 'tcp' }]);
    expect(patienceMs).toBe(3000);
  });

  test.each([
    ['rtsp://camera/1', 'tcp'],
    ['rtsps://u:p@camera/1', 'udp'],
    ['rtsps://u:p@camera/1', 'auto'],
  ] as const)('%s as %s knows TCP alone', (url, transport) => {
    const { address, settings, alternatives } = target(url, 'linux', transport);
    expect(address).toBe(url);
    expect(settings).toMatchObject({ rtsp_transport: 'tcp' });
    expect(alternatives).toBeUndefined();
  });

  test('a file is not probed briefly', () => {
    expect(target('/a/film.mp4')).toEqual({
      address: '/a/film.mp4',
      format: null,
      settings: { protocol_whitelist: 'file,crypto,data' },
    });
    expect(target('https://host/film.mp4').settings).not.toHaveProperty('analyzeduration');
    expect(target('https://host/live').settings).toHaveProperty('analyzeduration');
  });

  test.each(['https://host/a.m3u8', 'http://host/a.mp4', 'rtsp://host/a'])(
    '%s opens no files of this machine',
    (url) => {
      expect(target(url).settings['protocol_whitelist']?.split(',')).not.toContain('file');
    },
  );

  test.each(['/a/film.mp4', 'file:///a/list.m3u8'])('%s calls nobody', (url) => {
    expect(target(url).settings['protocol_whitelist']).not.toMatch(/http|tcp|udp/);
  });

  test('a listener waits for as long as it takes', () => {
    expect(target('srt://0.0.0.0:9000?mode=listener').settings).not.toHaveProperty('timeout');
    expect(target('srt://host:9000').settings).toHaveProperty('timeout');
    expect(target('rtmp://0.0.0.0/live/key?listen=1&token=x')).toMatchObject({
      address: 'rtmp://0.0.0.0/live/key?token=x',
      settings: { listen: '1' },
    });
    expect(target('rtmp://0.0.0.0/live/key?listen').address).toBe('rtmp://0.0.0.0/live/key');
    expect(target('rtmp://host/live/key').settings).not.toHaveProperty('listen');
  });

  test('udp carries MPEG-TS', () => {
    expect(target('udp://239.0.0.1:1234').format).toBe('mpegts');
  });
});

describe('devices', () => {
  test.each([
    ['camera:', 'linux', 'v4l2', '/dev/video0'],
    ['camera:/dev/video2', 'linux', 'v4l2', '/dev/video2'],
    ['camera:', 'darwin', 'avfoundation', '0:none'],
    ['camera:Front%20Camera', 'win32', 'dshow', 'video=Front Camera'],
    ['microphone:', 'linux', 'alsa', 'default'],
    ['microphone:1', 'darwin', 'avfoundation', 'none:1'],
    ['microphone:Line', 'win32', 'dshow', 'audio=Line'],
    ['screen::1', 'linux', 'x11grab', ':1'],
    ['screen:', 'darwin', 'avfoundation', 'Capture screen 0:none'],
    ['screen:', 'win32', 'gdigrab', 'desktop'],
    ['screen:Notepad', 'win32', 'gdigrab', 'title=Notepad'],
  ] as const)('%s on %s', (url, platform, format, address) => {
    expect(target(url, platform)).toMatchObject({ format, address });
  });

  test('a Mac camera is asked for other rates where it refuses 30', () => {
    const { settings, alternatives } = target('camera:', 'darwin');
    expect(settings).toEqual({ framerate: '30' });
    expect(alternatives).toContainEqual({ framerate: '29.97' });
    expect(target('camera:', 'linux').alternatives).toBeUndefined();
  });

  test('Windows names no default', () => {
    expect(() => target('camera:', 'win32')).toThrow(/must be named on Windows/);
  });
});
