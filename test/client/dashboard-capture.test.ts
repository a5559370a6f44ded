import { describe, expect, it } from 'vitest';
import { describeRefusal, missingFor } from '../../dashboard/src/capture/capture-problem.js';
import { chooseForm } from '../../dashboard/src/capture/recording-form.js';
import { Uplink, VIDEO_BITRATES } from '../../dashboard/src/capture/uplink.js';
import { freeStreamId } from '../../dashboard/src/data/stream-id.js';

describe('chooseForm', () => {
  const only =
    (...parts: string[]) =>
    (mimeType: string) =>
      parts.some((part) => mimeType.includes(part));
  const both = { video: true, audio: true };

  it('takes what costs least of what the browser can do', () => {
    expect(chooseForm(both, () => true)).toEqual({
      mimeType: 'video/webm;codecs=vp8,opus',
      container: 'webm',
    });
    expect(chooseForm(both, only('h264'))).toEqual({
      mimeType: 'video/webm;codecs=h264,opus',
      container: 'webm',
    });
    expect(chooseForm(both, only('mp4a'))).toEqual({
      mimeType: 'video/mp4;codecs=avc1.42E01F,mp4a.40.2',
      container: 'mp4',
    });
  });

  it('names the codecs only of what there is', () => {
    expect(chooseForm({ video: true, audio: false }, () => true)?.mimeType).toBe('video/webm;codecs=vp8');
    expect(chooseForm({ video: false, audio: true }, () => true)?.mimeType).toBe('audio/webm;codecs=opus');
    expect(chooseForm({ video: false, audio: true }, only('audio/mp4'))?.mimeType).toBe(
      'audio/mp4;codecs=mp4a.40.2',
    );
  });

  it('knows when there is no way', () => {
    expect(chooseForm(both, () => false)).toBeNull();
  });
});

describe('Uplink', () => {
  it('steps down where media waits longer than 2 s, at most once in 10 s, to the last step', () => {
    const uplink = new Uplink();
    expect(uplink.observe(2000, 0)).toBe('fine');
    expect([uplink.observe(2001, 0), uplink.videoBitrate]).toEqual(['lower', VIDEO_BITRATES[1]]);
    expect([uplink.observe(5000, 9999), uplink.videoBitrate]).toEqual(['slow', VIDEO_BITRATES[1]]);
    expect([uplink.observe(5000, 10_000), uplink.videoBitrate]).toEqual(['lower', VIDEO_BITRATES[2]]);
    expect(uplink.observe(100, 11_000)).toBe('fine');
    expect(uplink.observe(2500, 20_000)).toBe('lower');
    expect([uplink.observe(2500, 30_000), uplink.videoBitrate]).toEqual(['slow', VIDEO_BITRATES.at(-1)]);
  });

  it('does not take what waited for a lost connection for a slow one', () => {
    const uplink = new Uplink();
    uplink.reconnected(1000);
    expect([uplink.observe(8000, 1100), uplink.videoBitrate]).toEqual(['slow', VIDEO_BITRATES[0]]);
    expect(uplink.observe(8000, 11_000)).toBe('lower');
  });
});

describe('what is said of a camera that cannot be had', () => {
  const page = { isSecureContext: true, hasDevices: true, hasRecorder: true, host: 'studio.local:8787' };

  it('names what the page lacks', () => {
    expect(missingFor(page)).toBeNull();
    expect(missingFor({ ...page, isSecureContext: false, hasDevices: false })).toContain(
      'http://studio.local:8787',
    );
    expect(missingFor({ ...page, hasRecorder: false })).toContain('This browser cannot record');
  });

  it.each([
    ['NotAllowedError', 'allow it there'],
    ['NotFoundError', 'Plug one in'],
    ['NotReadableError', 'Close that program'],
  ])('says what to do after %s', (name, words) => {
    const text = describeRefusal(new DOMException('', name), 'microphone');
    expect(text).toContain('microphone');
    expect(text).toContain(words);
  });

  it('hands on what it does not know', () => {
    expect(describeRefusal(new TypeError('odd'), 'camera')).toBe('odd');
  });
});

describe('freeStreamId', () => {
  it('counts on from what is taken', () => {
    expect(freeStreamId('webcam', new Set())).toBe('webcam');
    expect(freeStreamId('webcam', new Set(['webcam', 'webcam-2']))).toBe('webcam-3');
  });
});
