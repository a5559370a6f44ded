import { describe, expect, test } from 'vitest';
import { childEnvironment, isDeviceUrl } from '../../../src/streams/child/child-environment.js';

const EVERYTHING = {
  ...{ PATH: '/bin', HOME: '/home/a', LD_LIBRARY_PATH: '/opt/lib', EVOKED_TOKEN: 'secret' },
  ...{ SSL_CERT_FILE: '/etc/ca', http_proxy: 'http://a:b@c', NODE_OPTIONS: '--inspect' },
  ...{ DISPLAY: ':0', XAUTHORITY: '/home/a/.X', XDG_RUNTIME_DIR: '/run/user/1' },
};

describe('what a decode child sees of the environment', () => {
  test('is what the loader needs', () => {
    expect(childEnvironment(false, EVERYTHING)).toEqual({ LD_LIBRARY_PATH: '/opt/lib' });
    expect(childEnvironment(false, {})).toEqual({});
  });

  test('and, for a device, the way to the screen and the sound server', () => {
    expect(childEnvironment(true, EVERYTHING)).toEqual({
      ...{ LD_LIBRARY_PATH: '/opt/lib', HOME: '/home/a' },
      ...{ DISPLAY: ':0', XAUTHORITY: '/home/a/.X', XDG_RUNTIME_DIR: '/run/user/1' },
    });
  });
});

test.each([
  ['camera:', true],
  ['MICROPHONE:hw:1', true],
  [' screen::0', true],
  ['film:camera', false],
  ['rtsp://camera/live', false],
  ['/dev/camera', false],
  ['constructor:', false],
  ['', false],
])('whether %j is a device', (url, is) => {
  expect(isDeviceUrl(url)).toBe(is);
});
