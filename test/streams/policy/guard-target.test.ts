import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished, describe, expect, it } from 'vitest';
import type { EvokedError } from '../../../src/core/errors.js';
import { inputTarget } from '../../../src/streams/decode/input-target.js';
import { guardTarget, type GuardedTarget } from '../../../src/streams/policy/guard-target.js';
import type { Lookup } from '../../../src/streams/policy/host-resolver.js';
import { parseSource } from '../../../src/streams/source/parse-source.js';
import { countConnections, type CountingListener } from '../../fixtures/counting-listener.js';
import { fileOptions } from '../../fixtures/decode.js';
import { listenOnLoopback } from '../../fixtures/listen.js';
import { requestPolicy } from '../../fixtures/request-policy.js';

const policy = requestPolicy({ allowAddresses: ['127.0.0.2'] });

/** A name that is at another address each time; the last one stays. */
function changing(...answers: (readonly string[])[]): Lookup & { numAsked: number } {
  const lookup = Object.assign(
    () => Promise.resolve(answers[Math.min(lookup.numAsked++, answers.length - 1)]!),
    { numAsked: 0 },
  );
  return lookup;
}

async function guard(url: string, lookup: Lookup, forbidden: EvokedError[] = []): Promise<GuardedTarget> {
  const options = fileOptions(url, { policy });
  const spec = parseSource(url, policy);
  const onForbidden = (error: EvokedError): void => void forbidden.push(error);
  const guarded = await guardTarget(spec, inputTarget(spec, options, 'linux'), {
    policy,
    lookup,
    onForbidden,
  });
  onTestFinished(() => guarded.close());
  return guarded;
}

/** Two listeners on one port: the name is first at the one, then at the other. */
async function twoPlaces(): Promise<{
  readonly port: number;
  allowed: CountingListener;
  other: CountingListener;
}> {
  const allowed = await countConnections('127.0.0.2');
  const other = await countConnections('127.0.0.1', allowed.port);
  onTestFinished(() => {
    allowed.close();
    other.close();
  });
  return { port: allowed.port, allowed, other };
}

/** What FFmpeg would do with the address and the settings. */
async function visit({ target: { address, settings } }: GuardedTarget): Promise<number | undefined> {
  const proxy = settings['http_proxy'];
  if (proxy === undefined) {
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    socket.write('OPTIONS * RTSP/1.0\r\n\r\n');
    await once(socket, 'close').catch(() => undefined);
    return undefined;
  }
  const { hostname, port, username, password } = new URL(proxy);
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  const headers = { 'proxy-authorization': `Basic ${credentials}` };
  const sent = request({ hostname, port, path: address, headers, agent: false }).end();
  const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
  answer.resume();
  return answer.statusCode;
}

describe('a name that is at another address the second time', () => {
  it.each(['rtsp://rebinding.example:PORT/live', 'rtmp://rebinding.example:PORT/live/key'])(
    'is connected to where it was checked: %s',
    async (form) => {
      const { port, allowed, other } = await twoPlaces();
      const lookup = changing(['127.0.0.2'], ['127.0.0.1']);
      await visit(await guard(form.replace('PORT', String(port)), lookup));
      expect([allowed.count(), other.count(), lookup.numAsked]).toEqual([1, 0, 1]);
    },
  );

  it('is checked for every request of the web, and connected to where it was', async () => {
    const { port, allowed, other } = await twoPlaces();
    const forbidden: EvokedError[] = [];
    const url = `http://rebinding.example:${port}/live.m3u8`;
    const guarded = await guard(url, changing(['127.0.0.2'], ['127.0.0.1']), forbidden);
    // The listener hangs up.
    expect(await visit(guarded)).toBe(502);
    expect([allowed.count(), other.count(), forbidden.length]).toEqual([1, 0, 0]);
    expect(guarded.failure()?.code).toBe('ERR_SOURCE_UNREACHABLE');
    expect(await visit(guarded)).toBe(403);
    expect([allowed.count(), other.count()]).toEqual([1, 0]);
    expect(forbidden[0]?.code).toBe('ERR_SOURCE_FORBIDDEN');
    expect(forbidden[0]?.message).toContain('rebinding.example, this machine itself');
    expect(forbidden[0]?.message).not.toContain('127.0.0.1');
  });

  it.each(['srt://rebinding.example:PORT?streamid=#!::r=cam,m=request', 'udp://rebinding.example:PORT'])(
    'is in the address that FFmpeg gets no more: %s',
    async (form) => {
      const { target } = await guard(form.replace('PORT', '9'), changing(['127.0.0.2'], ['127.0.0.1']));
      expect(target.address).toBe(form.replace('rebinding.example:PORT', '127.0.0.2:9'));
    },
  );
});

describe('a name of several addresses', () => {
  it.each([
    'http://mixed.example/',
    'rtsp://mixed.example/',
    'rtmp://mixed.example/a/b',
    'srt://mixed.example:9',
  ])('is refused where one of them is: %s', async (url) => {
    const lookup = changing(['93.184.216.34', '127.0.0.2', '::ffff:10.0.0.1']);
    const forbidden: EvokedError[] = [];
    const refused = guard(url, lookup, forbidden);
    if (!url.startsWith('http')) {
      await expect(refused).rejects.toMatchObject({ code: 'ERR_SOURCE_FORBIDDEN' });
      return;
    }
    expect(await visit(await refused)).toBe(403);
    expect(forbidden[0]?.message).toContain('mixed.example, a private address');
    expect(forbidden[0]?.message).not.toContain('10.0.0.1');
  });

  it('is tried at each of them', async () => {
    const { port, close } = await listenOnLoopback(
      createServer((_, response) => void response.end('here')),
      '127.0.0.2',
    );
    onTestFinished(close);
    const rule = requestPolicy({ allowAddresses: ['127.0.0.0/24'] });
    const spec = parseSource(`http://several.example:${port}/`, rule);
    const target = inputTarget(spec, fileOptions('', { policy: rule }), 'linux');
    const lookup = changing(['127.0.0.9', '127.0.0.2']);
    const guarded = await guardTarget(spec, target, { policy: rule, lookup, onForbidden: () => undefined });
    onTestFinished(() => guarded.close());
    expect(await visit(guarded)).toBe(200);
  });

  it.each(['srt://several.example:9?mode=caller', 'udp://several.example:9'])(
    'hands FFmpeg each of them, in their order: %s',
    async (url) => {
      const addresses = requestPolicy({ allowAddresses: ['::1', '127.0.0.2'] });
      const spec = parseSource(url, addresses);
      const target = inputTarget(spec, fileOptions('', { policy: addresses }), 'linux');
      const lookup = changing(['::1', '127.0.0.2']);
      const guarded = await guardTarget(spec, target, {
        policy: addresses,
        lookup,
        onForbidden: () => undefined,
      });
      expect(guarded.target.address).toBe(url.replace('several.example', '[::1]'));
      expect(guarded.target.otherAddresses).toEqual([url.replace('several.example', '127.0.0.2')]);
    },
  );

  it('is unreachable where it has none', async () => {
    const nowhere: Lookup = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    await expect(guard('rtsp://nowhere.example/', nowhere)).rejects.toMatchObject({
      code: 'ERR_SOURCE_UNREACHABLE',
    });
    expect(await visit(await guard('http://nowhere.example/', nowhere))).toBe(502);
  });
});

describe('a host that does not answer', () => {
  it.each(['rtsp://127.0.0.2:PORT/live', 'rtmps://127.0.0.2:PORT/live/key'])(
    'is unreachable: %s',
    async (form) => {
      const { port, close } = await countConnections('127.0.0.2');
      close();
      const refused = guard(form.replace('PORT', String(port)), changing([]));
      await expect(refused).rejects.toMatchObject({ code: 'ERR_SOURCE_UNREACHABLE' });
    },
  );
});

describe('the gateway', () => {
  it('lets nobody in who does not know its password', async () => {
    const { target } = await guard('http://127.0.0.2:9/', changing([]));
    const { hostname, port } = new URL(target.settings['http_proxy']!);
    const sent = request({ hostname, port, path: target.address, agent: false }).end();
    const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
    answer.resume();
    expect(answer.statusCode).toBe(407);
  });
});

describe('what FFmpeg is told of a source of a request', () => {
  it('leaves RTSP no way but its one connection', async () => {
    const { port } = await twoPlaces();
    const { target } = await guard(`rtsp://u:p@127.0.0.2:${port}/live?a=1`, changing([]));
    expect(target).toMatchObject({ settings: { rtsp_transport: 'tcp', protocol_whitelist: 'tcp' } });
    expect(target.alternatives).toBeUndefined();
    expect(target.address).toMatch(/^rtsp:\/\/u:p@127\.0\.0\.1:\d+\/live\?a=1$/);
  });

  it('tells an RTMP server the name that it goes by', async () => {
    const { port } = await twoPlaces();
    const server = `rtmp://live.example:${port}/app`;
    const { target } = await guard(`${server}/inst/key?token=1`, changing(['127.0.0.2']));
    expect(target.settings['rtmp_tcurl']).toBe(`${server}/inst`);
    expect(target.address).toMatch(/^rtmp:\/\/127\.0\.0\.1:\d+\/app\/inst\/key\?token=1$/);
  });
});
