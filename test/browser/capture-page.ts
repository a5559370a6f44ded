import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** Flags of a Chromium with two cameras that show a moving picture, microphones that beep, and nobody to ask. */
export const FAKE_DEVICES = [
  '--use-fake-device-for-media-stream=device-count=2',
  '--use-fake-ui-for-media-stream',
];

/** A page of the dashboard with its own storage, and what it complained of. */
export interface CapturePage {
  readonly page: Page;
  readonly faults: string[];
  close(): Promise<void>;
}

/** What Chromium itself logs for an answer of 4xx, or for a connection that was cut; all else is a fault of the page. */
const EXPECTED_CONSOLE =
  /^(Failed to load resource|WebSocket connection to .* failed|WebSocket is already in CLOSING)/;

/** @param initScript runs in the page before its own scripts */
export async function openCapturePage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = { viewport: { width: 1280, height: 900 } },
  initScript = '',
): Promise<CapturePage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.addInitScript(initScript);
  page.setDefaultTimeout(15_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    const isFault = message.type() === 'error' && !EXPECTED_CONSOLE.test(message.text());
    if (isFault) faults.push(message.text());
  });
  await page.goto(address);
  return { page, faults, close: () => context.close() };
}
