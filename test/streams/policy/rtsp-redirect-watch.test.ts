import { describe, expect, it } from 'vitest';
import { RtspRedirectWatch } from '../../../src/streams/policy/rtsp-redirect-watch.js';

function sees(text: string, pieceBytes = text.length): boolean {
  const watch = new RtspRedirectWatch();
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (watch.sees(bytes.subarray(at, at + pieceBytes))) return true;
  }
  return false;
}

describe('RtspRedirectWatch', () => {
  it.each([
    'RTSP/1.0 301 Moved\r\nLocation: rtsp://127.0.0.1/\r\n\r\n',
    'RTSP/1.0 302\r\n',
    'RTSP/2.0 399 x\r\n',
    'RTSP/\t300\n',
    'RTSP/1.0 \v302 Moved\r\n',
    'RT\rSP/1.0 3\r05\n',
    'RTSP/1.0 +00302\n',
    'RTSP/1.0 4294967598\n',
    'RTSP/1.0 -4294966994\n',
    'RTSP/1.0 302x\n',
    '$\0\0\x04abcdRTSP/1.0 302 Moved\r\n',
    'RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\nRTSP/1.0 302 Moved\r\n',
    'RRTSP/1.0 302 \n',
    'RTSRTSP/1.0 302 \n',
    'RTSP/1.0 RTSP/1.0 302 \n',
    'RTSP/1.0 20RTSP/1.0 302 \n',
  ])('sees %j, in whatever pieces it comes', (text) => {
    for (const pieceBytes of [text.length, 1, 3, 7])
      expect(sees(text, pieceBytes), String(pieceBytes)).toBe(true);
  });

  it.each([
    'RTSP/1.0 200 OK\r\nContent-Base: rtsp://host/302\r\n\r\n',
    'RTSP/1.0 401 Unauthorized\r\n',
    'RTSP/1.0 400 Bad\r\nX: 302\r\n',
    'RTSP/1.0\n302 x\n',
    'HTTP/1.1 302 Found\r\n',
    'RTSP/1.0 30 2\n',
    'RTSP/1.0 3022 \n',
    'RTSP/1.0 x302 \n',
  ])('sees none in %j', (text) => {
    for (const pieceBytes of [text.length, 1, 3]) expect(sees(text, pieceBytes)).toBe(false);
  });
});
