import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEvoked } from '../../src/bench/evoked-process.js';
import { quantile } from '../../src/core/quantile.js';
import { launchChromium } from './chromium.js';
import { CAMERA_RATE_HZ, NUM_BITS, writeNumberedFilm } from './numbered-camera.js';

/** Scores of the first seconds are behind: the decode child was started while the camera ran. */
const SETTLE_SECONDS = 8;

/** One score that came to the page: how long ago its picture was before the camera, in ms, and what of it was on the way here. */
interface Sighting {
  readonly glassToScoreMs: number;
  /** From the camera to the arrival of the last media that the segment waited for at the server. */
  readonly glassToServerMs: number;
}

/** What was measured. */
export interface WebcamLatency {
  readonly numScores: number;
  /** Scores whose picture was not seen in the page, so that nobody knows when it was taken. */
  readonly numUnknown: number;
  readonly pressToFirstScoreMs: number;
  readonly glassToScoreMs: readonly number[];
  readonly glassToServerMs: readonly number[];
}

/**
 * The whole way from the camera of a browser to the scores in its page. The camera shows numbered pictures. The page notes when
 * the camera took each (`captureTime` of its own preview), reads the number of the picture that each segment was scored by off
 * the server's preview, and notes when that segment's score arrives: no clocks are compared, and no media time is trusted.
 */
export async function measureWebcamLatency(seconds: number): Promise<WebcamLatency> {
  const folder = await mkdtemp(join(tmpdir(), 'evoked-camera-'));
  const film = join(folder, 'numbers.y4m');
  await writeNumberedFilm(film);
  const evoked = await startEvoked(['serve', '--port', '0', '--log-level', 'silent']);
  const browser = await launchChromium([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ]);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.addInitScript(WATCH);
    await page.goto(evoked.baseUrl);
    const pressedAtMs = performance.now();
    await page.locator('#capture-start-camera').click();
    await page.locator('.card-number', { hasText: /\d/ }).first().waitFor({ timeout: 60_000 });
    const pressToFirstScoreMs = performance.now() - pressedAtMs;
    await page.waitForTimeout(SETTLE_SECONDS * 1000);
    await page.evaluate('glass.begin()');
    await page.waitForTimeout(seconds * 1000);
    const { sightings, numUnknown } = await page.evaluate<{ sightings: Sighting[]; numUnknown: number }>(
      'glass.end()',
    );
    return {
      numScores: sightings.length,
      numUnknown,
      pressToFirstScoreMs,
      glassToScoreMs: sightings.map(({ glassToScoreMs }) => glassToScoreMs),
      glassToServerMs: sightings.map(({ glassToServerMs }) => glassToServerMs),
    };
  } finally {
    await browser.close();
    await evoked.stop();
    await rm(folder, { recursive: true });
  }
}

/** Lines for a person. */
export function describeLatency(measured: WebcamLatency): string {
  const row = (name: string, values: readonly number[]): string =>
    `${name}: ${[0.5, 0.95, 0.99, 1].map((q) => quantile(values, q).toFixed(0)).join(', ')} ms`;
  return [
    `${measured.numScores} scores, ${measured.numUnknown} more whose picture the page did not see; median, p95, p99, worst`,
    row('picture before the camera to its score in the page', measured.glassToScoreMs),
    row('of this, to the last media of the segment at the server', measured.glassToServerMs),
    `press of the button to the first score shown: ${measured.pressToFirstScoreMs.toFixed(0)} ms`,
  ].join('\n');
}

/** In the page, before its own scripts: listens in on the sockets of scores and pictures, and reads the numbers. */
const WATCH = `(() => {
  const NUM_BITS = ${NUM_BITS};
  const NUM_NUMBERS = ${2 ** NUM_BITS};
  const PERIOD_MS = ${1000 / CAMERA_RATE_HZ};
  const canvas = new OffscreenCanvas(NUM_BITS, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.imageSmoothingEnabled = false;
  /** The middle of each stripe. */
  const read = (image, width, height) => {
    context.drawImage(image, 0, Math.floor(height / 2), width, 1, 0, 0, NUM_BITS, 1);
    const { data } = context.getImageData(0, 0, NUM_BITS, 1);
    let number = 0;
    for (let bit = 0; bit < NUM_BITS; bit++) {
      // Gray code: each bit is that of the number, seen against the one before.
      number = (number << 1) | ((number & 1) ^ (data[bit * 4] > 127 ? 1 : 0));
    }
    return number;
  };

  const takenAtMs = new Map();
  /** When a picture was taken; where the page did not get to see it, from the nearest that it saw. */
  const timeOf = (number) => {
    const nowMs = performance.now();
    for (const offset of [0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5]) {
      const atMs = takenAtMs.get((number + offset + NUM_NUMBERS) % NUM_NUMBERS);
      if (atMs !== undefined && nowMs - atMs < NUM_NUMBERS * PERIOD_MS * 0.8) return atMs - offset * PERIOD_MS;
    }
    return undefined;
  };
  const pictureAtMs = new Map();
  const arrived = new Map();
  let begunAtMs = Infinity;

  const look = (video) => {
    const step = (now, { captureTime }) => {
      if (captureTime !== undefined) takenAtMs.set(read(video, video.videoWidth, video.videoHeight), captureTime);
      video.requestVideoFrameCallback(step);
    };
    video.requestVideoFrameCallback(step);
  };
  addEventListener('DOMContentLoaded', () => look(document.getElementById('capture-picture')));

  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      if (/\\/scores/.test(this.url)) this.addEventListener('message', ({ data }) => {
        const nowMs = performance.now();
        const message = JSON.parse(data);
        if (message.type === 'score') note(message.epoch + ':' + message.seq, { nowMs, capturedAtMs: message.capturedAtMs });
      });
      if (/\\/preview/.test(this.url)) this.addEventListener('message', async ({ data }) => {
        const header = new DataView(data);
        const key = header.getUint32(8, true) + ':' + header.getUint32(12, true);
        const bitmap = await createImageBitmap(new Blob([new Uint8Array(data, 24)], { type: 'image/jpeg' }));
        const number = read(bitmap, bitmap.width, bitmap.height);
        // Now, before the number comes round again.
        pictureAtMs.set(key, timeOf(number));
        bitmap.close();
      });
    }
  };
  const note = (key, score) => arrived.set(key, score);

  globalThis.glass = {
    begin() { begunAtMs = performance.now(); },
    end() {
      const sightings = [];
      let numUnknown = 0;
      for (const [key, { nowMs, capturedAtMs }] of arrived) {
        if (nowMs < begunAtMs) continue;
        const atMs = pictureAtMs.get(key);
        if (atMs === undefined) { numUnknown++; continue; }
        sightings.push({ glassToScoreMs: nowMs - atMs, glassToServerMs: capturedAtMs - performance.timeOrigin - atMs });
      }
      return { sightings, numUnknown };
    },
  };
})();`;
