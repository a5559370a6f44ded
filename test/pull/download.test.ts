import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { downloadFile, type DownloadParts } from '../../src/pull/download.js';
import { openFileWriter } from '../../src/pull/part-file.js';
import { seededFloats } from '../../src/model/weights/seeded.js';
import { type FileHost, type HostedFile, sha256Of, startFileHost } from './file-host.js';

const CONTENT = madeUpBytes('content', 300_001);
let host: FileHost;
let folder: string;
let target: string;
let waits: number[];
let parts: DownloadParts;

beforeEach(async () => {
  host = await startFileHost();
  folder = await mkdtemp(join(tmpdir(), 'evoked-download-'));
  target = join(folder, 'file');
  waits = [];
  parts = { wait: (ms) => Promise.resolve(void waits.push(ms)), stallTimeoutMs: 5000 };
});
afterEach(async () => {
  vi.unstubAllGlobals();
  host.close();
  await rm(folder, { recursive: true });
});

function madeUpBytes(name: string, numBytes: number): Uint8Array {
  return new Uint8Array(seededFloats('pull', name, Math.ceil(numBytes / 4), 1).buffer).subarray(0, numBytes);
}

function serve(file: Partial<HostedFile> = {}): void {
  host.files.set('/file', { bytes: CONTENT, ...file });
}

/** Downloads and gives the file its name. */
async function download(maxBytes = 1e6): Promise<Buffer> {
  const { part, sha256, numBytes } = await downloadFile(
    { url: new URL('/file', host.url), target, maxBytes },
    parts,
  );
  await part.finish(target);
  const bytes = await readFile(target);
  expect(sha256).toBe(sha256Of(bytes));
  expect(numBytes).toBe(bytes.byteLength);
  expect(await readdir(folder)).toEqual(['file']);
  return bytes;
}

function expectContent(bytes: Uint8Array, wanted = CONTENT): void {
  expect(Buffer.compare(bytes, wanted)).toBe(0);
}

async function expectFailure(code: string, message = /./, maxBytes?: number): Promise<void> {
  await expect(download(maxBytes)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
  await expect(stat(target)).rejects.toMatchObject({ code: 'ENOENT' });
}

describe('a download', () => {
  it.each([false, true])('comes whole (length left out: %s)', async (chunked) => {
    serve({ chunked });
    expectContent(await download());
    expect(host.requests).toHaveLength(1);
    expect(host.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
  });

  it('follows redirects and holds what comes against the digest stated on the way', async () => {
    serve({ redirect: { to: '/second', stated: sha256Of(CONTENT) } });
    host.files.set('/second', { bytes: CONTENT, redirect: { to: `${host.url}/blob?signature=secret` } });
    host.files.set('/blob?signature=secret', { bytes: CONTENT });
    const url = new URL('/file', host.url);
    const { isDigestStated, part } = await downloadFile({ url, target, maxBytes: 1e6 }, parts);
    expect(isDigestStated).toBe(true);
    await part.remove();
  });

  it('is refused where it is not what the host states, and starts over afterwards', async () => {
    serve({ redirect: { to: '/blob', stated: sha256Of(CONTENT) } });
    host.files.set('/blob', { bytes: madeUpBytes('other', 300_001) });
    await expectFailure('ERR_PULL_DIGEST', /sha256 .*expected/);
    expect(await readdir(folder)).toEqual([]);
    host.files.set('/blob', { bytes: CONTENT });
    expectContent(await download());
  });

  it('goes on where the connection broke', async () => {
    serve();
    host.cutsAfter.push(100_000, 70_000);
    expectContent(await download());
    const ranges = host.requests.map(({ headers }) => Number(/\d+/.exec(headers.range ?? '0')));
    expect(ranges).toHaveLength(3);
    expect(ranges[1]).toBeGreaterThan(0);
    expect(ranges[2]).toBeGreaterThan(ranges[1]!);
    expect(host.requests[1]?.headers['if-range']).toMatch(/^"/);
    expect(host.numBytesSent).toBeLessThan(CONTENT.byteLength + 170_000);
    expect(waits).toEqual([1000, 1000]);
  });

  it('gives up where nothing more comes, and goes on in the next run', async () => {
    serve();
    host.cutsAfter.push(100_000, 0, 0, 0, 0, 0);
    await expectFailure('ERR_PULL_UNREACHABLE', /cannot be reached|broke/);
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    host.cutsAfter.length = 0;
    const numBefore = host.requests.length;
    expectContent(await download());
    expect(host.requests[numBefore]?.headers.range).toMatch(/^bytes=[1-9]/);
  });

  it.each<[string, Partial<HostedFile>]>([
    ['the host has another file by then', {}],
    ['the host knows no ranges', { wholeOnly: true }],
    ['the host has no ETag', { etag: null }],
    ['the ETag is a weak one', { etag: 'W/"1"' }],
  ])('starts over where %s', async (_, options) => {
    serve(options);
    host.cutsAfter.push(100_000, 0, 0, 0, 0, 0);
    await expectFailure('ERR_PULL_UNREACHABLE');
    host.cutsAfter.length = 0;
    const other = madeUpBytes('other', 250_000);
    serve({ bytes: other, ...options });
    expectContent(await download(), other);
  });

  it('starts over where the rest is not the one that was asked for', async () => {
    serve();
    host.cutsAfter.push(100_000, 0, 0, 0, 0, 0);
    await expectFailure('ERR_PULL_UNREACHABLE');
    host.cutsAfter.length = 0;
    serve({ headers: { 'content-range': `bytes 5-300000/300001` } });
    expectContent(await download());
  });

  it('tries again where the host is overloaded, but not for ever', async () => {
    serve({ status: 503 });
    await expectFailure('ERR_PULL_RESPONSE', /HTTP 503/);
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
  });

  it.each<[string, Partial<HostedFile>, RegExp]>([
    ['404', { status: 404 }, /HTTP 404/],
    ['403', { status: 403 }, /HTTP 403/],
    ['another encoding', { headers: { 'content-encoding': 'br' } }, /encoding/],
    ['redirects in a circle', { redirect: { to: '/file' } }, /too often/],
    ['a redirect to another protocol', { redirect: { to: 'file:///etc/passwd' } }, /must not/],
    ['a redirect with a password', { redirect: { to: 'http://a:b@127.0.0.1/' } }, /must not/],
    ['a length beyond the limit', { bytes: new Uint8Array(1_000_001) }, /too large/],
    ['bytes beyond the limit', { bytes: new Uint8Array(1_000_001), chunked: true }, /too large/],
  ])('is refused at once: %s', async (_, options, message) => {
    serve(options);
    await expectFailure('ERR_PULL_RESPONSE', message);
    expect(waits).toEqual([]);
  });

  it('is not led from https to http', async () => {
    const headers = { location: 'http://example.org/file?signature=secret' };
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 302, headers })));
    const url = new URL('https://example.org/file');
    const failed = downloadFile({ url, target, maxBytes: 1e6 }, parts);
    await expect(failed).rejects.toMatchObject({ code: 'ERR_PULL_RESPONSE' });
    await expect(failed).rejects.not.toMatchObject({
      message: expect.stringContaining('secret') as string,
    });
  });

  it('says in one line and at once that there is no network', async () => {
    host.close();
    await expectFailure(
      'ERR_PULL_UNREACHABLE',
      /^127\.0\.0\.1:\d+ cannot be reached; got ECONNREFUSED; .*--mirror URL/,
    );
    expect(waits).toEqual([]);
  });

  it('does not wait for ever for a host that falls silent', async () => {
    parts = { ...parts, stallTimeoutMs: 30 };
    const silent = { etag: '"1"', 'content-length': '10' };
    vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => {
      const body = new ReadableStream({
        start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
      });
      return Promise.resolve(new Response(body, { status: 200, headers: silent }));
    });
    await expectFailure('ERR_PULL_UNREACHABLE', /no answer in time/);
    expect(waits).toHaveLength(4);
  });

  it('ends with a full disk, and goes on once there is room', async () => {
    serve();
    let room = 123_456;
    parts = {
      ...parts,
      async openWriter(path, position) {
        const writer = await openFileWriter(path, position);
        return {
          ...writer,
          async write(bytes) {
            await writer.write(bytes.subarray(0, room));
            if (bytes.byteLength > room) {
              const full = new Error('ENOSPC: no space left on device, write');
              throw Object.assign(full, { code: 'ENOSPC', syscall: 'write' });
            }
            room -= bytes.byteLength;
          },
        };
      },
    };
    await expectFailure('ERR_FILE_WRITE', /ENOSPC/);
    room = Infinity;
    expectContent(await download());
    expect(host.requests.at(-1)?.headers.range).toMatch(/^bytes=[1-9]/);
  });
});

describe('what an interrupted run leaves', () => {
  it('is never taken for the file, and the next runs make it whole', async () => {
    const cut = fc.integer({ min: 0, max: CONTENT.byteLength });
    const damage: fc.Arbitrary<{ type: string; at?: number }> = fc.oneof(
      fc.record({ type: fc.constant('none') }),
      // What had not reached the disk is gone.
      fc.record({ type: fc.constant('truncate-part'), at: cut }),
      fc.record({ type: fc.constant('truncate-note'), at: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ type: fc.constant('lose-note') }),
      fc.record({ type: fc.constant('lose-part') }),
      // A part that is longer than the file.
      fc.record({ type: fc.constant('grow-part') }),
      fc.record({ type: fc.constant('garble-part'), at: cut }),
    );
    const run = fc.record({ cut, damage });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 4 }), fc.boolean(), async (runs, chunked) => {
        await rm(target, { force: true });
        host.files.set('/file', { bytes: CONTENT, redirect: { to: '/blob', stated: sha256Of(CONTENT) } });
        host.files.set('/blob', { bytes: CONTENT, chunked });
        for (const each of runs) {
          host.cutsAfter.splice(0, Infinity, each.cut, 0, 0, 0, 0, 0, 0);
          await downloadFile({ url: new URL('/file', host.url), target, maxBytes: 1e6 }, parts).catch(
            () => 0,
          );
          await expect(stat(target)).rejects.toMatchObject({ code: 'ENOENT' });
          await spoil(each.damage);
        }
        host.cutsAfter.length = 0;
        // Garbled bytes are found out by the digest, once; the next run starts over.
        const bytes = await download().catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'ERR_PULL_DIGEST' });
          return download();
        });
        expectContent(bytes);
      }),
      { numRuns: 40 },
    );
  });

  async function spoil({ type, at = 0 }: { type: string; at?: number }): Promise<void> {
    const [part, note] = [`${target}.part`, `${target}.part.json`];
    const size = (await stat(part).catch(() => null))?.size ?? null;
    const hasNote = (await stat(note).catch(() => null)) !== null;
    if (type === 'truncate-part' && size !== null) await truncate(part, Math.min(at, size));
    if (type === 'truncate-note' && hasNote) await truncate(note, at);
    if (type === 'lose-note') await rm(note, { force: true });
    if (type === 'lose-part') await rm(part, { force: true });
    if (type === 'grow-part' && size !== null) await truncate(part, CONTENT.byteLength + 1);
    if (type === 'garble-part' && size !== null && size > 0) {
      const bytes = await readFile(part);
      bytes[at % size]! ^= 0xff;
      await writeFile(part, bytes);
    }
  }
});
