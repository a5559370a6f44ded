import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEvoked, type EvokedProcess } from '../../src/bench/evoked-process.js';
import { subscribe, type ScoreMessage } from '../../src/client/index.js';
import type { StreamInfo } from '../../src/core/protocol.js';
import { type CapturePage, FAKE_DEVICES, openCapturePage } from './capture-page.js';
import { chromiumPath, launchChromium } from './chromium.js';
import { startTcpRelay, type TcpRelay } from './tcp-relay.js';

const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000, interval: 50 });

/** A script for a page whose browser knows no other form. */
const onlyRecords = (form: string): string => `{
  const isSupported = MediaRecorder.isTypeSupported;
  MediaRecorder.isTypeSupported = (type) => type.includes('${form}') && isSupported.call(MediaRecorder, type);
}`;

describe.skipIf(chromiumPath() === null)('one’s own camera in Chromium, over the real server', () => {
  let evoked: EvokedProcess;
  let relay: TcpRelay;
  let browser: Browser;
  let page: Page;
  let faults: string[] = [];
  let opened: CapturePage;
  let stopListening: () => void = () => undefined;
  const scores: ScoreMessage[] = [];

  beforeAll(async () => {
    evoked = await startEvoked(['serve', '--port', '0', '--log-level', 'silent']);
    relay = await startTcpRelay(Number(new URL(evoked.baseUrl).port));
    browser = await launchChromium([...FAKE_DEVICES, '--auto-accept-this-tab-capture']);
    opened = await openCapturePage(browser, `http://127.0.0.1:${relay.port}`);
    ({ page, faults } = opened);
  });
  afterAll(async () => {
    stopListening();
    await browser.close();
    await relay.close();
    await evoked.stop();
  });
  afterEach(() => expect(faults).toEqual([]));

  const streams = async () => (await (await fetch(`${evoked.baseUrl}/v1/streams`)).json()) as StreamInfo[];
  const state = () => page.locator('#capture-state').textContent();
  const epoch = () => scores.at(-1)?.epoch;
  /** Scores that came since, in the newest epoch. */
  const since = (count: number) => scores.slice(count).filter((score) => score.epoch === epoch());

  it('goes from the press to the first score in 3 s, with picture and sound', async () => {
    const pressedAtMs = performance.now();
    await page.getByRole('button', { name: 'Use my camera' }).click();
    await page.locator('.card-number', { hasText: /\d/ }).first().waitFor();
    const firstScoreMs = performance.now() - pressedAtMs;
    process.stdout.write(`press to the first score shown: ${firstScoreMs.toFixed(0)} ms\n`);
    const subscription = subscribe({ baseUrl: evoked.baseUrl, stream: 'webcam', since: '-1:-1' });
    subscription.on('score', (score) => scores.push(score));
    stopListening = () => subscription.close();
    await eventually(
      () => scores.filter(({ visual, audio }) => visual !== null && audio !== null).length,
    ).toBeGreaterThan(6);
    expect(await streams()).toMatchObject([
      { id: 'webcam', url: null, state: 'live', hasVideo: true, hasAudio: true },
    ]);
    // On a machine that runs nothing else it is one second; tests share theirs.
    expect(firstScoreMs).toBeLessThan(10_000);
  });

  it('goes on being scored in the same epoch with the picture hidden, the sound muted, and another microphone', async () => {
    const before = epoch();
    await page.locator('#capture-mute-picture').click();
    await page.locator('#capture-mute-microphone').click();
    await page.locator('#capture-microphone').selectOption({ index: 2 });
    const count = scores.length;
    await eventually(
      () => since(count).filter(({ visual, audio }) => visual !== null && audio !== null).length,
    ).toBeGreaterThan(12);
    expect(epoch()).toBe(before);
    await page.locator('#capture-mute-picture').click();
    await page.locator('#capture-mute-microphone').click();
  });

  it('continues the epoch after a short break of the network, with nothing lost', async () => {
    const before = epoch();
    const count = scores.length;
    relay.cut();
    await eventually(() => state()).toContain('Connection lost');
    await eventually(() => state()).toContain('Live');
    await eventually(() => scores.length - count).toBeGreaterThan(18);
    expect(epoch()).toBe(before);
    const seqs = since(count).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
  });

  it('begins an epoch for another camera, and for a shared screen', async () => {
    for (const change of [
      () => page.locator('#capture-camera').selectOption('fake_device_1'),
      () => page.locator('#capture-share').click(),
    ]) {
      const before = epoch() ?? 0;
      const count = scores.length;
      await change();
      await eventually(() => epoch()).toBeGreaterThan(before);
      await eventually(() => since(count).filter(({ visual }) => visual !== null).length).toBeGreaterThan(6);
    }
  });

  it('ends the stream with the tab, and leaves none behind', async () => {
    await page.close({ runBeforeUnload: true });
    await eventually(async () => (await streams()).length).toBe(0);
    await opened.close();
  });

  it.each(['h264', 'mp4'])('is scored from a browser that records %s', async (form) => {
    const other = await openCapturePage(browser, evoked.baseUrl, {}, onlyRecords(form));
    await other.page.getByRole('button', { name: 'Use my camera' }).click();
    await other.page.locator('.card-number', { hasText: /\d/ }).first().waitFor();
    await eventually(streams).toMatchObject([{ state: 'live', hasVideo: true, hasAudio: true }]);
    await other.page.getByRole('button', { name: 'Stop' }).click();
    await eventually(async () => (await streams()).length).toBe(0);
    expect(other.faults).toEqual([]);
    await other.close();
  });

  it('says what to do where permission is refused', async () => {
    const strict = await launchChromium(['--use-fake-device-for-media-stream', '--deny-permission-prompts']);
    try {
      const refused = await openCapturePage(strict, evoked.baseUrl);
      await refused.page.getByRole('button', { name: 'Use my camera' }).click();
      await refused.page.locator('#capture-problem', { hasText: 'allow it there' }).waitFor();
      expect([await streams(), refused.faults]).toEqual([[], []]);
    } finally {
      await strict.close();
    }
  });
});
