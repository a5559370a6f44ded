import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEvoked, type EvokedProcess } from '../../src/bench/evoked-process.js';
import { LABELS } from '../../src/core/labels.js';
import type { PackInfo } from '../../src/core/protocol.js';
import { chromiumPath, launchChromium } from './chromium.js';

const POLL = { timeout: 20_000, interval: 200 };

describe.skipIf(chromiumPath() === null)('dashboard in Chromium, over the real server', () => {
  let evoked: EvokedProcess;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    evoked = await startEvoked(['demo', '--port', '0', '--log-level', 'silent', '--files-folder', '.']);
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    await page.goto(evoked.baseUrl);
  });

  afterAll(async () => {
    await browser.close();
    await evoked.stop();
  });

  const text = (selector: string) => () => page.locator(selector).textContent();
  const chartImage = () =>
    page.evaluate<string>("document.querySelector('.compare-chart canvas').toDataURL()");

  it('plays the film and draws 15 moving traces of it', async () => {
    await expect.poll(text('[data-label=interest] .card-number'), POLL).toMatch(/\d/);
    expect(await page.locator('.card').count()).toBe(LABELS.length);
    const [value, image] = [await text('[data-label=interest] .card-number')(), await chartImage()];
    await expect.poll(text('[data-label=interest] .card-number'), POLL).not.toBe(value);
    await expect.poll(chartImage, POLL).not.toBe(image);
    await expect.poll(text('#preview-caption'), POLL).toMatch(/^Delay \d+ ms · epoch 0, segment \d+$/);
    await expect.poll(text('#figure-rate'), POLL).toMatch(/^[56]\.\d\d Hz$/);
    expect(faults).toEqual([]);
  });

  it('says what the pack was trained on, and whether it was', async () => {
    const [pack] = (await (await fetch(`${evoked.baseUrl}/v1/packs`)).json()) as PackInfo[];
    expect(await page.getByText('these numbers mean nothing yet').isVisible()).toBe(!pack?.trained);
    expect(await page.locator('#pack-trained-on').textContent()).toBe(`Trained on: ${pack?.trainedOn}`);
  });

  it('says how far the scores agree with the design of the film', async () => {
    await expect.poll(text('#agreement-value'), POLL).toMatch(/^−?[01]\.\d\d$/);
    expect(await page.locator('#designed-button').isVisible()).toBe(true);
  });

  it('leaves a failed stream alone, and follows it when it is given another source', async () => {
    const send = (method: string, path: string, body: unknown): Promise<Response> =>
      fetch(evoked.baseUrl + path, {
        method,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    await send('POST', '/v1/streams', { id: 'broken', url: './no-such-file.mp4' });
    await page.locator('.stream-item', { hasText: 'broken' }).click();
    await expect.poll(text('#stream-state'), POLL).toBe('failed');
    const remove = page.locator('#remove-button');
    await remove.click();
    let numSockets = 0;
    page.on('websocket', (socket) => (numSockets += Number(socket.url().includes('/broken/scores'))));
    for (let polls = 0; polls < 3; polls++)
      await page.waitForResponse((answer) => answer.url().endsWith('/v1/streams'));
    expect([await remove.textContent(), numSockets]).toEqual(['Really remove', 0]);
    await send('PATCH', '/v1/streams/broken', { url: 'film:3' });
    await expect.poll(text('#stream-state'), POLL).toBe('live');
    await expect.poll(text('[data-label=interest] .card-number'), POLL).toMatch(/\d/);
    await fetch(`${evoked.baseUrl}/v1/streams/broken`, { method: 'DELETE' });
    await page.locator('.stream-item', { hasText: 'demo' }).click();
    expect(faults).toEqual([]);
  });

  it('adds a second stream and removes it', async () => {
    await page.locator('#add-url').fill('film:2');
    await page.locator('#add-id').fill('second');
    await page.getByRole('button', { name: 'Add stream' }).click();
    await page.locator('.stream-item-name', { hasText: 'second' }).waitFor();
    const response = await fetch(`${evoked.baseUrl}/v1/streams/second`, { method: 'DELETE' });
    expect(response.ok).toBe(true);
    await expect.poll(() => page.locator('.stream-item-name', { hasText: 'second' }).count(), POLL).toBe(0);
    expect(faults).toEqual([]);
  });
});
