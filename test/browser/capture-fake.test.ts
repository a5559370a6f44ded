import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { IngestRequest } from '../../src/core/protocol.js';
import { FAKE_DEVICES, openCapturePage } from './capture-page.js';
import { chromiumPath, launchChromium } from './chromium.js';
import type { FakeIngest } from './fake-ingest.js';
import { FakeServer } from './fake-server.js';

const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 15_000, interval: 50 });
/** EBML, with which every WebM begins. */
const WEBM = '1a45dfa3';

describe.skipIf(chromiumPath() === null)('one’s own camera in Chromium, over a fake server', () => {
  let browser: Browser;
  let server: FakeServer;
  const cleanups: (() => Promise<unknown>)[] = [];
  const faults: string[][] = [];

  beforeAll(async () => {
    browser = await launchChromium([...FAKE_DEVICES, '--auto-accept-this-tab-capture']);
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    expect(faults.splice(0).flat()).toEqual([]);
  });

  async function open(options?: BrowserContextOptions): Promise<Page> {
    server = await FakeServer.start();
    cleanups.push(() => server.close());
    const opened = await openCapturePage(browser, server.address, options);
    cleanups.push(() => opened.close());
    faults.push(opened.faults);
    return opened.page;
  }

  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
  const state = (page: Page) => page.locator('#capture-state').textContent();
  const problem = (page: Page) => page.locator('#capture-problem').textContent();
  const starts = (ingest: FakeIngest | undefined) =>
    (ingest?.requests ?? []).filter(
      (request): request is IngestRequest & { type: 'start' } => request.type === 'start',
    );

  async function capture(page: Page): Promise<FakeIngest> {
    await press(page, 'Use my camera');
    await eventually(() => state(page)).toContain('Live');
    const ingest = server.ingests.get('webcam');
    if (ingest === undefined) throw new Error('no stream was made');
    return ingest;
  }

  it('is live after one press: a stream of its own, selected, with WebM pushed into it', async () => {
    const page = await open();
    server.add('door');
    const ingest = await capture(page);
    await eventually(() => ingest.numBytes).toBeGreaterThan(5000);
    expect([starts(ingest), ingest.head.subarray(0, 4).toString('hex')]).toEqual([
      [{ type: 'start', container: 'webm' }],
      WEBM,
    ]);
    await eventually(() => page.locator('#stream-name').textContent()).toBe('webcam');
    await eventually(() =>
      page.evaluate<number>("document.getElementById('capture-picture').videoWidth"),
    ).toBe(640);
    const cameras = page.locator('#capture-camera option');
    expect(await cameras.allTextContents()).toEqual(['No camera', 'fake_device_0', 'fake_device_1']);
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('capture-stop');
  });

  it('begins a new file for another camera, and none for another microphone', async () => {
    const page = await open();
    const ingest = await capture(page);
    await page.locator('#capture-microphone').selectOption({ index: 2 });
    await eventually(() => page.locator('#capture-microphone').inputValue()).not.toBe('default');
    await page.locator('#capture-camera').selectOption('fake_device_1');
    await eventually(() => starts(ingest).length).toBe(2);
    await page.locator('#capture-microphone').selectOption('No microphone');
    await eventually(() => starts(ingest).length).toBe(3);
    await eventually(() => ingest.head.subarray(0, 4).toString('hex')).toBe(WEBM);
    expect(starts(ingest).every(({ resume }) => resume === undefined)).toBe(true);
  });

  it('goes on in the same file after a short break, and in a new one where the server has lost it', async () => {
    const page = await open();
    const ingest = await capture(page);
    await eventually(() => ingest.numBytes).toBeGreaterThan(5000);
    ingest.drop();
    await eventually(() => starts(ingest)).toEqual([
      { type: 'start', container: 'webm' },
      { type: 'start', container: 'webm', resume: 'place-1' },
    ]);
    await eventually(() => state(page)).toContain('Live');
    ingest.drop('ERR_DECODE_CRASHED');
    await eventually(() => starts(ingest).length).toBe(3);
    await eventually(() => ingest.numBytes).toBeGreaterThan(1000);
    expect([starts(ingest)[2]?.resume, ingest.head.subarray(0, 4).toString('hex')]).toEqual([
      undefined,
      WEBM,
    ]);
  });

  it('says so where the network is slow, and lowers the bitrate', async () => {
    const page = await open();
    const ingest = await capture(page);
    ingest.acknowledges = false;
    await eventually(() => state(page)).toContain('the picture now has 500 kbit/s');
    expect(starts(ingest)).toHaveLength(2);
    ingest.acknowledges = true;
    await eventually(() => state(page)).not.toContain('slow');
  });

  it('shares a screen in place of the camera, and returns to it', async () => {
    const page = await open();
    const ingest = await capture(page);
    await page.locator('#capture-share').click();
    await eventually(() => starts(ingest).length).toBeGreaterThan(1);
    expect(await page.locator('#capture-share').getAttribute('aria-pressed')).toBe('true');
    const numStarts = starts(ingest).length;
    await page.locator('#capture-share').click();
    await eventually(() => starts(ingest).length).toBeGreaterThan(numStarts);
    await eventually(() => page.locator('#capture-picture').getAttribute('data-mirrored')).toBe('true');
  });

  it.each([
    [
      'the browser’s own button',
      "document.getElementById('capture-picture').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))",
    ],
    ['the page’s going away', "dispatchEvent(new Event('pagehide'))"],
  ])('leaves no stream where %s ends it while the stream is being made', async (_, end) => {
    const page = await open();
    let release = (): void => undefined;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/v1/streams', async (route) => {
      if (route.request().method() === 'POST') await isReleased;
      await route.continue();
    });
    const asked = page.waitForRequest((request) => request.method() === 'POST');
    await page.locator('#capture-start-screen').click();
    await asked;
    await page.evaluate(end);
    await eventually(() => page.locator('#capture-start').isVisible()).toBe(true);
    const removed = page.waitForResponse((response) => response.request().method() === 'DELETE');
    release();
    expect((await removed).status()).toBe(204);
    expect([server.streams.size, await problem(page)]).toEqual([0, '']);
  });

  it('ends with the browser’s own button that stops a shared screen', async () => {
    const page = await open();
    await page.locator('#capture-start-screen').click();
    await eventually(() => state(page)).toContain('Live');
    expect([...server.streams.keys()]).toEqual(['screen']);
    await page.evaluate(
      "document.getElementById('capture-picture').srcObject.getVideoTracks()[0].dispatchEvent(new Event('ended'))",
    );
    await eventually(() => server.streams.size).toBe(0);
  });

  it('stops with everything sent, and leaves no stream behind', async () => {
    const page = await open();
    server.add('door');
    const ingest = await capture(page);
    await press(page, 'Stop');
    await eventually(() => [...server.streams.keys()]).toEqual(['door']);
    expect(ingest.requests.at(-1)).toEqual({ type: 'stop' });
    await eventually(() => page.locator('#stream-name').textContent()).toBe('door');
    await eventually(() => page.locator('#capture-start').isVisible()).toBe(true);
    await eventually(() =>
      page.evaluate<boolean>("document.getElementById('capture-picture').srcObject === null"),
    ).toBe(true);
  });

  it('ends the stream with the tab', async () => {
    const page = await open();
    const ingest = await capture(page);
    await page.close({ runBeforeUnload: true });
    await eventually(() => server.streams.size).toBe(0);
    await eventually(() => ingest.requests.at(-1)).toEqual({ type: 'stop' });
  });

  it('ends where the stream was removed, and says why', async () => {
    const page = await open();
    const ingest = await capture(page);
    server.streams.delete('webcam');
    ingest.drop('ERR_STREAM_NOT_FOUND');
    await eventually(() => problem(page)).toContain('ERR_STREAM_NOT_FOUND');
    expect(await page.locator('#capture-start').isVisible()).toBe(true);
  });

  it.each([375, 1280])('fits %i px', async (width) => {
    const page = await open({ viewport: { width, height: 900 } });
    await capture(page);
    expect(
      await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      ),
    ).toBe(0);
  });

  it('tells a page that browsers give no camera to why, and who has no camera or gave no permission what to do', async () => {
    const page = await open();
    const refuse = (name: string) =>
      page.evaluate(
        `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '${name}'))`,
      );
    for (const [name, words] of [
      ['NotAllowedError', 'not allowed to use the camera and microphone'],
      ['NotReadableError', 'another program may be using it'],
      ['NotFoundError', 'No camera and microphone was found'],
    ] as const) {
      await refuse(name);
      await press(page, 'Use my camera');
      await eventually(() => problem(page)).toContain(words);
    }
    await page.evaluate("Object.defineProperty(globalThis, 'isSecureContext', { value: false })");
    await press(page, 'Use my camera');
    await eventually(() => problem(page)).toContain('only to pages of https:// or of localhost');
    expect(server.streams.size).toBe(0);
  });
});
