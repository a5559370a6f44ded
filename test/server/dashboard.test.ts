import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestServer } from './test-server.js';

async function builtFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evoked-dashboard-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>it</title>');
  await writeFile(join(folder, 'assets', 'main-abc123.js'), 'export {};');
  await writeFile(join(folder, '.secret'), 'no');
  return folder;
}

describe('the dashboard', () => {
  it('is served with a strict policy; what is named by its content may be kept', async () => {
    const test = await startTestServer({}, { dashboardFolder: await builtFolder() });
    const page = await test.fetch('/');
    expect(await page.text()).toContain('<title>it</title>');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const asset = await test.fetch('/assets/main-abc123.js');
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.headers.get('content-type')).toContain('javascript');
  });

  it('serves nothing beside its folder, and no hidden files', async () => {
    const test = await startTestServer({}, { dashboardFolder: await builtFolder() });
    for (const path of [
      '/.secret',
      '/..%2f..%2fetc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/assets/',
      '/none.js',
    ]) {
      const answer = await test.fetch(path);
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
    }
  });

  it('says so where it is not built', async () => {
    const test = await startTestServer({}, { dashboardFolder: '/nowhere' });
    const page = await test.fetch('/');
    expect(page.status).toBe(503);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('npm run build');
    expect((await test.fetch('/v1/streams')).status).toBe(200);
  });
});
