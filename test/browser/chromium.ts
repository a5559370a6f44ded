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

/**
 * Where Chromium is: `EVOKED_CHROMIUM`, else Debian's path; null where there is none. EVOKED_REQUIRE_SYSTEM=1 insists on it,
 * EVOKED_SKIP_SYSTEM=1 does without.
 */
export function chromiumPath(): string | null {
  const path = process.env.EVOKED_CHROMIUM ?? '/usr/bin/chromium';
  if (process.env.EVOKED_SKIP_SYSTEM === '1') return null;
  return process.env.EVOKED_REQUIRE_SYSTEM === '1' || existsSync(path) ? path : null;
}

/** @param extraFlags such as those of a fake camera */
export async function launchChromium(extraFlags: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === null) throw new Error('No Chromium: install it, or set EVOKED_CHROMIUM');
  return chromium.launch({ executablePath, args: [...FLAGS, ...extraFlags] });
}
