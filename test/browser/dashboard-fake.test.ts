import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { LABELS } from '../../src/core/labels.js';
import { chromiumPath, launchChromium } from './chromium.js';
import { FakeServer, type FakeServerOptions } from './fake-server.js';
import { SYNTHETIC, TRAINED } from './fake-stream.js';

/** What Chromium itself logs for an answer of 4xx, or for a server that is away; all else is a fault of the page. */
const EXPECTED_CONSOLE = /^(Failed to load resource|WebSocket connection to .* failed)/;

describe.skipIf(chromiumPath() === null)('dashboard in Chromium, over a fake server', () => {
  let browser: Browser;
  const cleanups: (() => Promise<unknown>)[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    expect(faults.splice(0)).toEqual([]);
  });

  async function serve(options: FakeServerOptions = {}): Promise<FakeServer> {
    const server = await FakeServer.start(options);
    cleanups.push(() => server.close());
    return server;
  }

  async function open(
    server: FakeServer,
    options: BrowserContextOptions = { viewport: { width: 1280, height: 900 } },
    hash = '',
  ): Promise<Page> {
    const context = await browser.newContext(options);
    cleanups.push(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (!EXPECTED_CONSOLE.test(message.text())) faults.push(message.text());
    });
    await page.goto(server.address + '/' + hash);
    return page;
  }

  const number = (page: Page, label: string) => page.locator(`[data-label=${label}] .card-number`);
  const firstScore = (page: Page) => page.locator('.card-number', { hasText: /\d/ }).first().waitFor();
  const overflow = (page: Page) =>
    page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  /** Pixels of the chart as one text: differs when anything moved. */
  const chartImage = (page: Page) =>
    page.evaluate<string>("document.querySelector('.compare-chart canvas').toDataURL()");
  const background = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');

  it('shows moving traces, changing values and the picture with its delay', async () => {
    const server = await serve();
    server.add('film', 'film:7').advance(200);
    const page = await open(server);
    await firstScore(page);
    expect(await page.locator('.card').count()).toBe(LABELS.length);
    const [value, image] = [await number(page, 'interest').textContent(), await chartImage(page)];
    await eventually(() => number(page, 'interest').textContent()).not.toBe(value);
    await eventually(() => chartImage(page)).not.toBe(image);
    await eventually(() => page.locator('#preview-caption').textContent()).toMatch(
      /^Delay \d+ ms · epoch 0, segment \d+$/,
    );
    await eventually(() => page.locator('#figure-rate').textContent()).toMatch(/^[56]\.\d\d Hz$/);
    await eventually(() => page.locator('#warm-text').textContent()).toMatch(/^Full/);
  });

  it('switches towers and scales, and pauses', async () => {
    const server = await serve({ running: false });
    server.add('film').advance(300);
    const page = await open(server);
    await firstScore(page);
    const ensemble = await number(page, 'awe').textContent();
    await page.getByLabel('Audio', { exact: true }).check();
    await eventually(() => number(page, 'awe').textContent()).not.toBe(ensemble);
    const image = await chartImage(page);
    await page.getByLabel('Change', { exact: true }).check();
    await eventually(() => chartImage(page)).not.toBe(image);
    await page.getByRole('button', { name: 'Pause' }).click();
    const paused = await number(page, 'awe').textContent();
    server.streams.get('film')?.advance(40);
    await page.waitForTimeout(1000);
    expect(await number(page, 'awe').textContent()).toBe(paused);
    await page.getByRole('button', { name: 'Resume' }).click();
    await eventually(() => number(page, 'awe').textContent()).not.toBe(paused);
  });

  it('draws a gap and an epoch, and names their reasons', async () => {
    const server = await serve({ running: false });
    const film = server.add('film');
    film.advance(100);
    const page = await open(server);
    await firstScore(page);
    const hatch = () => page.evaluate<number>(COUNT_BREAK_PIXELS);
    expect(await hatch()).toBe(0);
    film.gap(30, 'overload');
    film.advance(60);
    await eventually(hatch).toBeGreaterThan(500);
    film.startEpoch('discontinuity');
    film.advance(5);
    const log = page.locator('#log');
    await eventually(() => log.textContent()).toContain('30 segments (5.0 s) dropped');
    await eventually(() => log.textContent()).toContain("the source's clock jumped");
    await eventually(() => page.locator('#warm-text').textContent()).toMatch(/^Warming up: 1 of 20.2 s/);
  });

  it('draws what the film is designed to evoke behind what is predicted, and says how far they agree', async () => {
    const server = await serve({ running: false, pack: SYNTHETIC });
    const film = server.add('film', 'film:7');
    film.hasDesign = true;
    film.advance(30);
    const page = await open(server);
    await firstScore(page);
    const agreement = page.locator('#agreement-value');
    expect(await agreement.textContent()).toBe('–');
    film.advance(170);
    await eventually(() => agreement.textContent()).toMatch(/^0\.[5-9]\d$/);
    expect(await page.locator('#agreement-towers').textContent()).toMatch(
      /^visual 0\.\d\d · audio −?0\.\d\d$/,
    );
    // The figures are renewed twice a second, and the scores may have come in two parts.
    await eventually(() => page.locator('#agreement-start').textContent()).toContain('over all 33 s');
    await page.getByText("agreement with this synthetic film's design, not with viewers").waitFor();
    const area = () => page.evaluate<number>(countPixels('[data-label=awe] canvas', 'designed-wash'));
    expect(await area()).toBeGreaterThan(500);
    await page.locator('#cards-legend', { hasText: 'designed by the film' }).waitFor();
    const withBands = await chartImage(page);
    await page.getByRole('button', { name: 'Designed' }).click();
    await eventually(area).toBe(0);
    expect(await page.locator('#cards-legend').isVisible()).toBe(false);
    expect(await chartImage(page)).not.toBe(withBands);
    await page.getByRole('button', { name: 'Designed' }).click();
    await eventually(area).toBeGreaterThan(500);
    await page.locator('#about-synthetic', { hasText: 'not how people react' }).waitFor();
    expect(await page.locator('#untrained-banner').isVisible()).toBe(false);
    expect(await page.locator('#synthetic-banner').isVisible()).toBe(false);
  });

  it('says at once that agreement with viewers is small, and that a synthetic pack knows nothing of a camera', async () => {
    const server = await serve({ pack: SYNTHETIC });
    server.add('camera', 'rtsp://cam.local/door').advance(5);
    server.add('film', 'film:7').advance(5);
    const page = await open(server, {}, '#/streams/camera');
    await firstScore(page);
    await page.locator('#synthetic-banner', { hasText: 'of this stream mean nothing' }).waitFor();
    await page.locator('#pack-verdict', { hasText: 'Synthetic' }).waitFor();
    const modesty = await page.locator('.modesty', { hasText: '0.055' }).boundingBox();
    const chart = await page.locator('#compare-chart').boundingBox();
    expect(modesty?.y).toBeLessThan(chart?.y ?? 0);
    const about = page.locator('#about-title');
    await page.getByRole('button', { name: 'What these scores are' }).click();
    await eventually(async () => (await about.boundingBox())?.y).toBeLessThan(800);
    await page.locator('.stream-item', { hasText: 'film' }).click();
    await eventually(() => page.locator('#synthetic-banner').isVisible()).toBe(false);
  });

  it('shows no trace of a design where there is none, and takes it away with the film', async () => {
    const server = await serve({ running: false, pack: TRAINED });
    server.add('camera').advance(100);
    const film = server.add('film', 'film:7');
    film.hasDesign = true;
    film.advance(100);
    const page = await open(server, {}, '#/streams/camera');
    await firstScore(page);
    const shown = () =>
      Promise.all(
        ['agreement', 'designed-button', 'cards-legend', 'about-synthetic'].map((id) =>
          page.locator(`#${id}`).isVisible(),
        ),
      );
    expect(await shown()).toEqual([false, false, false, false]);
    const heightOfFigures = async () => (await page.locator('.figures').boundingBox())?.height;
    const before = await heightOfFigures();
    await page.locator('.stream-item', { hasText: 'film' }).click();
    await eventually(shown).toEqual([true, true, true, false]);
    await page.locator('.stream-item', { hasText: 'camera' }).click();
    await eventually(shown).toEqual([false, false, false, false]);
    expect(await heightOfFigures()).toBe(before);
  });

  it('adds a stream, shows the refusal of another in place, and removes one on the second press', async () => {
    const server = await serve();
    server.add('film', 'film:7').advance(10);
    const page = await open(server);
    await page.getByLabel('Address').fill('nonsense');
    await page.getByRole('button', { name: 'Add stream' }).click();
    await eventually(() => page.locator('#add-error').textContent()).toContain('ERR_SOURCE_URL');
    await page.getByLabel('Address').fill('rtsp://user:secret@cam.local/door');
    expect(await page.locator('#add-error').textContent()).toBe('');
    await page.getByRole('button', { name: 'Add stream' }).click();
    await eventually(() => page.locator('#stream-name').textContent()).toBe('door');
    expect([...server.streams.keys()]).toEqual(['film', 'door']);
    expect(page.url()).toMatch(/#\/streams\/door$/);
    await page.getByRole('button', { name: 'Remove' }).click();
    expect(server.streams.has('door')).toBe(true);
    await page.getByRole('button', { name: 'Really remove' }).click();
    await eventually(() => server.streams.has('door')).toBe(false);
    await eventually(() => page.locator('#stream-name').textContent()).toBe('film');
  });

  it('says always what the pack was trained on, and warns where it was not', async () => {
    const untrained = await serve();
    untrained.add('film').advance(5);
    const first = await open(untrained);
    await first.locator('#untrained-banner', { hasText: 'these numbers mean nothing yet' }).waitFor();
    await first.locator('#pack-bar', { hasText: 'Trained on: Nothing' }).waitFor();
    await first.mouse.wheel(0, 3000);
    const bar = await first.locator('#pack-bar').boundingBox();
    expect((bar?.y ?? 0) + (bar?.height ?? 0)).toBeCloseTo(900, 0);
    const trained = await serve({ pack: TRAINED });
    trained.add('film').advance(5);
    const second = await open(trained);
    await second.locator('#pack-bar', { hasText: 'EEV' }).waitFor();
    expect(await second.locator('#untrained-banner').isVisible()).toBe(false);
  });

  it('tells every state by a word and a shape of its own', async () => {
    const server = await serve({ running: false });
    const states = ['connecting', 'live', 'degraded', 'reconnecting', 'ended', 'failed'] as const;
    for (const state of states) server.add(state).setState(state, '');
    const page = await open(server);
    await page.locator('.stream-item').nth(5).waitFor();
    const shapes = await page
      .locator('.stream-item .state path')
      .evaluateAll((paths) =>
        paths.map((path) => (path as { getAttribute(n: string): string }).getAttribute('d')),
      );
    expect(new Set(shapes).size).toBe(states.length);
    for (const state of states) {
      expect(await page.locator(`.stream-item [data-state=${state}]`).first().textContent()).toContain(state);
    }
  });

  it('shows markup in names and details as text', async () => {
    const server = await serve();
    const hostile = '<img src=x onerror=alert(1)>';
    server.add(hostile).setState('degraded', '<b>slow</b>');
    const page = await open(server);
    await eventually(() => page.locator('#stream-name').textContent()).toBe(hostile);
    await eventually(() => page.locator('#stream-detail').textContent()).toContain('<b>slow</b>');
    expect(await page.locator('main img, main b, aside img, aside b').count()).toBe(0);
  });

  it('resumes after a lost connection without losing a score', async () => {
    const server = await serve({ running: false });
    const film = server.add('film');
    film.advance(20);
    const page = await open(server);
    await firstScore(page);
    server.dropSockets();
    film.advance(12);
    await page.locator('#log', { hasText: 'Connection lost' }).waitFor();
    await page.locator('#log', { hasText: 'Connected again' }).waitFor();
    film.advance(1);
    await eventually(() => page.evaluate<number>(COUNT_BREAK_PIXELS)).toBe(0);
    expect(await page.locator('#log').textContent()).not.toContain('never reached');
  });

  it('says so when the server is gone, and when it is back', async () => {
    const server = await serve();
    server.add('film').advance(5);
    const page = await open(server);
    await firstScore(page);
    await page.route('**/v1/streams', (route) => route.abort());
    await page.locator('#server-state', { hasText: 'does not answer' }).waitFor();
    await page.unroute('**/v1/streams');
    await eventually(() => page.locator('#server-state').textContent()).toBe('');
  });

  it('opens the pictures again when none come from a live stream', async () => {
    const server = await serve();
    const film = server.add('film');
    const page = await open(server);
    await eventually(() => page.locator('#preview-caption').textContent()).toContain('Delay');
    // The connection stays open and says nothing, as one does whose other end has gone without a word.
    film.previewListeners.clear();
    await page.clock.install();
    await page.clock.fastForward(25_000);
    await page.clock.resume();
    await eventually(() => film.previewListeners.size).toBe(1);
    await eventually(() => page.locator('#preview-caption').textContent()).toContain('Delay');
  });

  it('fetches pictures only while the stream is shown in a visible tab', async () => {
    const server = await serve();
    const film = server.add('film');
    const other = server.add('other');
    const page = await open(server, {}, '#/streams/film');
    await eventually(() => film.previewListeners.size).toBe(1);
    await page.locator('.stream-item', { hasText: 'other' }).click();
    await eventually(() => [film.previewListeners.size, other.previewListeners.size]).toEqual([0, 1]);
    await page.evaluate(HIDE_TAB);
    await eventually(() => server.numPreviewSockets).toBe(0);
    await page.goBack();
    await eventually(() => page.locator('#stream-name').textContent()).toBe('film');
  });

  it('asks for the token, says that one is wrong, and keeps the right one for the tab', async () => {
    const token = 'a-token-of-enough-letters';
    const server = await serve({ token });
    server.add('film').advance(20);
    const page = await open(server);
    const input = page.getByRole('textbox', { name: 'Token' });
    await input.fill('wrong');
    await input.press('Enter');
    await page.locator('#token-error', { hasText: 'refused' }).waitFor();
    await input.fill('keine-gültige ✓');
    await input.press('Enter');
    await page.locator('#token-error', { hasText: 'ASCII' }).waitFor();
    await input.fill(token);
    await input.press('Enter');
    await firstScore(page);
    await eventually(() => page.locator('#preview-caption').textContent()).toContain('Delay');
    await page.reload();
    await firstScore(page);
    expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain(token);
    expect(page.url()).not.toContain(token);
  });

  it('can be used with the keyboard alone', async () => {
    const server = await serve();
    server.add('film').advance(200);
    server.add('second').advance(10);
    const page = await open(server);
    await firstScore(page);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('skip-link');
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe('content');
    await tabTo(page, 'compare-chart');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.locator('#readout', { hasText: '2.0 s ago' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#readout', { hasText: 'now' }).waitFor();
    await page.keyboard.press('Tab');
    const pressed = page.locator('.card-name').first();
    expect(await pressed.getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('Space');
    expect(await pressed.getAttribute('aria-pressed')).toBe('false');
    await page.locator('.stream-item', { hasText: 'second' }).focus();
    await page.keyboard.press('Enter');
    await eventually(() => page.locator('#stream-name').textContent()).toBe('second');
  });

  it.each([
    [375, 'light'],
    [375, 'dark'],
    [1920, 'light'],
    [1920, 'dark'],
  ] as const)('fits %i px, %s', async (width, colorScheme) => {
    const server = await serve();
    server.add('film', 'rtsp://***@a-very-long-host-name.example.org/with/a/long/path').advance(380);
    server.add('a-stream-with-quite-a-long-name-'.repeat(2)).setState('degraded', 'x'.repeat(300));
    const page = await open(server, { viewport: { width, height: 900 }, colorScheme });
    await firstScore(page);
    for (const id of ['film', 'a-stream']) {
      await page.locator('.stream-item', { hasText: id }).click();
      await page.waitForTimeout(300);
      expect(await overflow(page)).toBe(0);
    }
    const [red = 0] = /\d+/.exec(await background(page))?.map(Number) ?? [];
    expect(red > 128).toBe(colorScheme === 'light');
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    expect(Number(/\d+/.exec(await background(page))?.[0])).toBeLessThan(128);
  });

  it('asks no other host for anything', async () => {
    const server = await serve();
    server.add('film').advance(5);
    const page = await open(server, {}, '');
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    await page.reload();
    await firstScore(page);
    expect([...hosts]).toEqual([new URL(server.address).host]);
  });
});

/** Number of pixels of a canvas that have a colour of the style sheet. */
const countPixels = (canvas: string, color: string): string => `(() => {
  const probe = document.createElement('span');
  document.body.append(probe);
  probe.style.color = 'var(--${color})';
  const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
  probe.remove();
  const canvas = document.querySelector('${canvas}');
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 255 && wanted.every((level, channel) => data[at + channel] === level)) count++;
  }
  return count;
})()`;

/** Pixels of the chart in the colour that lies behind hatches. */
const COUNT_BREAK_PIXELS = countPixels('.compare-chart canvas', 'hatch-wash');

/** Machines that run tests are slow now and then; a page that is right gets there. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 15_000 });

const HIDE_TAB = `(() => {
  Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
})()`;

const focused = (page: Page) => page.evaluate<string>('document.activeElement.id');

async function tabTo(page: Page, id: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === id) return;
  }
  throw new Error(`Tab does not reach ${id}`);
}
