import { launchChromium } from './chromium.js';

export interface ScreenshotOptions {
  /** Address of a running server. */
  readonly address: string;
  /** PNG to write. */
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly colorScheme: 'light' | 'dark';
  /** How long scores are collected before the picture is taken. */
  readonly collectSeconds: number;
  /** The whole page, or what fits the window. */
  readonly fullPage: boolean;
  /** Stream to select; the first one unless told. */
  readonly streamId?: string;
}

/** A picture of the dashboard of any running server, once its selected stream has scores. */
export async function takeScreenshot(options: ScreenshotOptions): Promise<void> {
  const browser = await launchChromium();
  try {
    const { width, height, colorScheme } = options;
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    const hash = options.streamId === undefined ? '' : `#/streams/${encodeURIComponent(options.streamId)}`;
    await page.goto(`${options.address}/${hash}`);
    await page.locator('.card-number', { hasText: /\d/ }).first().waitFor();
    await page.waitForTimeout(options.collectSeconds * 1000);
    await page.screenshot({ path: options.file, fullPage: options.fullPage });
  } finally {
    await browser.close();
  }
}
