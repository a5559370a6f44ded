import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where Chromium is: `EVOKED_CHROMIUM`, else Debian's path; null where there is none. */
export function chromiumPath(): string | null {
  const path = process.env.EVOKED_CHROMIUM ?? '/usr/bin/chromium';
  return existsSync(path) ? path : null;
}

/** @param extraFlags such as those of a fake camera */
export async function launchChromium(extraFlags: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === null) throw new Error('No Chromium: install it, or set EVOKED_CHROMIUM');
  return chromium.launch({ executablePath, args: [...FLAGS, ...extraFlags] });
}
