import { describe, expect, it } from 'vitest';
import { EvokedError } from '../../../src/core/errors.js';
import { parseSource } from '../../../src/streams/source/parse-source.js';
import { LOOPBACK, requestPolicy } from '../../fixtures/request-policy.js';

function refusalOf(url: string, policy = requestPolicy()): EvokedError | null {
  try {
    parseSource(url, policy);
    return null;
  } catch (error) {
    if (error instanceof EvokedError) return error;
    throw error;
  }
}

describe('a source that a request names', () => {
  it.each([
    ...['http://127.0.0.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://0177.0.0.1/', 'http://127.1/'],
    ...[
      'rtsp://127.0.0.1/',
      'rtsp://2130706433/',
      'rtsp://0x7f000001/a',
      'rtsp://017700000001/',
      'rtsp://127.1/a',
    ],
    ...['rtsp://%31%32%37.0.0.1/', 'rtsp://127.0.0.1./', 'rtsp://127。0。0。1/', 'RTSP://u:p@127.0.0.1:554/'],
    ...[
      'srt://0x7f000001:9000',
      'udp://0177.0.0.1:9000',
      'rtmp://[::ffff:127.0.0.1]/a/b',
      'rtmps://[::1]/a/b',
    ],
    ...[
      'https://[::ffff:7f00:1]/a.m3u8',
      'http://[64:ff9b::7f00:1]/',
      'http://169.254.169.254/latest/meta-data',
    ],
    ...['rtsp://192.168.1.20/live', 'rtsp://10.0.0.7/live', 'rtsps://[fd00::7]/live', 'http://[fe80::1]/'],
    ...[
      'srt://:9000?mode=listener',
      'srt://0.0.0.0:9000?mode=listener',
      'udp://:1234',
      'udp://239.0.0.1:1234',
    ],
    ...[
      'rtmp://0.0.0.0/live/key?listen=1',
      'srt://93.184.216.34:9000?mode=listener',
      'udp://93.184.216.34:1234',
    ],
    ...['/etc/passwd', 'file:///etc/passwd', 'clip.mp4', './clip.mp4', '/proc/self/environ'],
  ])('is refused at once: %s', (url) => {
    expect(refusalOf(url)?.code).toBe('ERR_SOURCE_FORBIDDEN');
    expect(parseSource(url, null)).toBeDefined();
  });

  it.each([
    ...['rtsp://93.184.216.34/live', 'rtsp://camera.example/live?token=1', 'rtsps://u:p@[2606:4700::1]/a'],
    ...['http://radio.example/', 'https://cdn.example/a.m3u8?tcp', 'rtmp://live.example/app/key?auth=1'],
    ...['srt://93.184.216.34:9000?passphrase=longenough&streamid=a&latency=200&mode=caller', 'film:7'],
    'srt://camera.example:9000?streamid=#!::r=cam,m=request',
    'rtsp://camera.example/live?a=udp',
  ])('may be %s', (url) => {
    expect(refusalOf(url)).toBeNull();
  });

  it('says what, where and by which setting it could be, without credentials', () => {
    const { message } = refusalOf('rtsp://admin:hunter2@192.168.1.20/live?token=t0p')!;
    expect(message).toContain('192.168.1.20, a private address');
    expect(message).toContain('source.allowAddresses to list 192.168.1.20');
    expect(message).not.toMatch(/hunter2|t0p/);
  });

  it('may be where the settings say', () => {
    const policy = requestPolicy({ allowAddresses: [...LOOPBACK, '0.0.0.0', '239.0.0.0/8'] });
    for (const url of [
      'http://127.1/',
      'rtsp://[::1]/',
      'srt://:9000?mode=listener',
      'udp://:1234',
      'udp://@239.1.1.1:1234',
      'rtmp://0.0.0.0/live/key?listen=1',
    ]) {
      expect(refusalOf(url, policy), url).toBeNull();
    }
    expect(refusalOf('http://192.168.0.1/', policy)?.code).toBe('ERR_SOURCE_FORBIDDEN');
  });

  it('has a scheme that the settings allow', () => {
    const policy = requestPolicy({ allowedSchemes: ['https'] });
    expect(refusalOf('https://cdn.example/a.m3u8', policy)).toBeNull();
    for (const url of ['http://cdn.example/', 'rtsp://camera.example/', 'film:1', 'srt://h.example:1']) {
      expect(refusalOf(url, policy)?.message, url).toContain('source.allowedSchemes');
    }
  });

  it('is a file below the folder of files, or none', () => {
    const policy = requestPolicy({ filesFolder: '/films' });
    expect(parseSource('a/clip.mp4', policy).target).toBe('/films/a/clip.mp4');
    expect(parseSource('file:///films/clip.mp4', policy).target).toBe('/films/clip.mp4');
    expect(parseSource('..clip.mp4', policy).target).toBe('/films/..clip.mp4');
    for (const url of [
      ...['/etc/passwd', '../etc/passwd', 'a/../../b.mp4', '/films/../etc/passwd', '/filmsaside/clip.mp4'],
      ...['file:///films/%2e%2e/etc/passwd', '..'],
    ]) {
      expect(refusalOf(url, policy)?.code, url).toBe('ERR_SOURCE_FORBIDDEN');
    }
  });

  it('is a device where devices are allowed', () => {
    for (const url of ['camera:', 'microphone:', 'screen:']) {
      expect(refusalOf(url)?.code).toBe('ERR_SOURCE_DEVICE');
      expect(refusalOf(url)?.message).toContain('source.allowDevices');
      expect(refusalOf(url, requestPolicy({ allowDevices: true }))).toBeNull();
    }
  });

  it.each([
    ...[
      'rtsp://camera.example/live?udp',
      'rtsp://camera.example/live?a=1&http',
      'rtsp://camera.example/?satip',
      'rtsp://camera.example/live?a?udp',
      'rtsp://camera.example/live?udp#?a',
    ],
    ...[
      'srt://host.example:1?localip=127.0.0.1',
      'srt://host.example:1?mode=rendezvous',
      'srt://host.example:1?sndbuf=9',
    ],
    ...['udp://239.0.0.1:1234?localaddr=10.0.0.1', 'udp://239.0.0.1:1234?sources=10.0.0.1'],
    ...['srt://host.example:1?streamid=#&localip=127.0.0.1', 'udp://239.0.0.1:1234#?localaddr=10.0.0.1'],
  ])('sets no option of FFmpeg: %s', (url) => {
    expect(refusalOf(url, requestPolicy({ allowAddresses: ['239.0.0.0/8'] }))?.code).toBe('ERR_SOURCE_URL');
    expect(parseSource(url, null)).toBeDefined();
  });
});
