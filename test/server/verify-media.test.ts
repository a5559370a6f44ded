import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, map } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MediaEvent, Segment } from '../../src/core/media.js';
import { segmentNumSamples, segmentStartUs } from '../../src/core/time-grid.js';
import { createScoringEngine, loadPack, type ModelPack, type Scorer } from '../../src/model/index.js';
import { verifyMedia } from '../../src/server/offline/verify-media.js';
import { OfflinePass } from '../../src/server/offline/verify/offline-pass.js';
import { Difference } from '../../src/server/offline/verify/difference.js';
import type { VerifyCheck, VerifyReport } from '../../src/server/offline/verify/verification.js';
import { seededFloats } from '../../src/model/weights/seeded.js';
import type { MediaInput } from '../../src/streams/media-input.js';
import { testManifest } from '../model/pack/test-manifest.js';
import { relativeDifference } from '../model/tower/golden-tower.js';
import { FakeInput, TRACKS } from './fake-input.js';

let folder: string;
let pack: ModelPack;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-verify-'));
  // Sound alone: a segment takes 2 ms.
  const manifest = { ...testManifest(), visual: undefined };
  await writeFile(join(folder, 'pack.json'), JSON.stringify(manifest));
  pack = await loadPack(folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** An engine with something wrong in what its scorers do. */
function spoilt(spoil: (scorer: Scorer) => Partial<Scorer>): typeof createScoringEngine {
  return async (...args) => {
    const engine = await createScoringEngine(...args);
    return {
      pack: engine.pack,
      modalities: engine.modalities,
      open: (options) => {
        const scorer = engine.open(options);
        const whole: Scorer = {
          score: (segment) => scorer.score(segment),
          saveState: () => scorer.saveState(),
          close: () => scorer.close(),
        };
        return { ...whole, ...spoil(scorer) };
      },
      queueDepths: () => engine.queueDepths(),
      close: () => engine.close(),
    };
  };
}

async function verify(
  play: (input: FakeInput) => void,
  createEngine = createScoringEngine,
): Promise<VerifyReport> {
  const input = new FakeInput({} as ConstructorParameters<typeof FakeInput>[0]);
  const media: MediaInput = {
    media$: input.media$.pipe(map(withNoise)),
    setPreview: (on) => input.setPreview(on),
    pause: () => input.pause(),
    resume: () => input.resume(),
  };
  const report = lastValueFrom(verifyMedia({ input: media, pack, createEngine, limitSeconds: 6 }));
  play(input);
  return report;
}

/** Sound that is never the same twice, so that a score tells which segment it is of. */
function withNoise(event: MediaEvent): MediaEvent {
  if (event.type !== 'audioFrame') return event;
  const samples = seededFloats('verify', `${event.startSample}`, event.samples.length, 0.3);
  return { ...event, samples };
}

function playWhole(input: FakeInput): void {
  input.open({ ...TRACKS, durationSeconds: 4 });
  input.feed(24);
  input.end();
}

function verdicts({ rows }: VerifyReport): Record<VerifyCheck, boolean> {
  return Object.fromEntries(rows.map(({ check, ok }) => [check, ok])) as Record<VerifyCheck, boolean>;
}

describe('verifyMedia', () => {
  it('finds that all ways of scoring agree, over holes and clocks that jump too', async () => {
    const report = await verify((input) => {
      input.open({ ...TRACKS, durationSeconds: 4 });
      input.feed(7);
      input.feed(2, { audio: false });
      input.skip(3);
      input.feed(5);
      input.jump();
      input.feed(8);
      input.end();
    });
    expect(report).toMatchObject({ numSegments: 20, ok: true });
    expect(report.rows.map(({ check, tower, numScores }) => [check, tower, numScores])).toEqual([
      ['streaming-offline', 'audio', 20],
      ['batch-alone', 'audio', 20 + 15 + 9],
      ['restored-uninterrupted', 'audio', expect.any(Number)],
    ]);
  });

  it('fails the comparison with offline where the state is lost at every step (control)', async () => {
    const lost = spoilt((scorer) => {
      let epoch = 0;
      return { score: (segment: Segment) => scorer.score({ ...segment, epoch: epoch++ }) };
    });
    const report = await verify(playWhole, lost);
    expect(report.ok).toBe(false);
    expect(verdicts(report)['streaming-offline']).toBe(false);
  });

  it('fails the comparison of batches where streams get each other’s segments (control)', async () => {
    let latest: Segment | undefined;
    const mixed = spoilt((scorer) => ({
      score: (segment: Segment) => {
        const audio = (latest ?? segment).audio;
        latest = segment;
        return scorer.score({ ...segment, audio });
      },
    }));
    expect(verdicts(await verify(playWhole, mixed))['batch-alone']).toBe(false);
  });

  it('fails the comparison of the restored stream where the state is an older one (control)', async () => {
    const stale = spoilt((scorer) => {
      const empty = scorer.saveState();
      return { saveState: () => empty };
    });
    expect(verdicts(await verify(playWhole, stale))).toEqual({
      'streaming-offline': true,
      'batch-alone': true,
      'restored-uninterrupted': false,
    });
  });

  it('does not call right what it had nothing to compare for', async () => {
    const report = await verify((input) => {
      input.open({ ...TRACKS, durationSeconds: 0.2 });
      input.feed(1);
      input.end();
    });
    expect(verdicts(report)).toEqual({
      'streaming-offline': true,
      'batch-alone': true,
      'restored-uninterrupted': false,
    });
    expect(report).toMatchObject({ numSegments: 1, ok: false });
  });

  it('fails with the source, and with what the second process says', async () => {
    const failing = verify((input) => {
      input.open();
      input.feed(3);
      input.fail(new Error('unplugged'));
    });
    await expect(failing).rejects.toThrow('unplugged');
    const damaged = spoilt(() => ({ saveState: () => Promise.resolve(new Uint8Array(200)) }));
    await expect(verify(playWhole, damaged)).rejects.toMatchObject({ code: 'ERR_MODEL_STATE' });
  });
});

it('takes several passes over a long sequence, which give what one gives', async () => {
  const pass = await OfflinePass.load(pack, 'audio');
  try {
    for (let seq = 0; seq < 90; seq++) {
      const audio = seededFloats('passes', `${seq}`, segmentNumSamples(seq), 0.3);
      const times = { ptsUs: segmentStartUs(seq), arrivedAtMs: 0 };
      const rest = { frame: null, flags: [], previewJpeg: null };
      await pass.add({ type: 'segment', epoch: 0, seq, timelineIndex: seq, ...times, audio, ...rest });
    }
    const whole = await pass.scores();
    expect(whole).toHaveLength(90);
    const inParts = await pass.scores(40);
    expect(relativeDifference(inParts.flat(), whole.flat())).toBeLessThan(1e-4);
  } finally {
    await pass.release();
  }
});

describe('Difference', () => {
  it('is the largest, absolute and as a share of the largest score', () => {
    const difference = new Difference();
    difference.add([1, 2], [1, 2.5]);
    difference.add(null, null);
    difference.add([-5, 0], [-5, 0]);
    expect(difference).toMatchObject({ numRows: 2, maxAbs: 0.5, relative: 0.1, isExact: false });
  });

  it.each([
    ['one side has no score', [1], null],
    ['a value is missing', [1], [1, 2]],
    ['a value is no number', [NaN], [1]],
  ])('is within nothing where %s', (_, got, reference) => {
    const difference = new Difference();
    difference.add(got, reference);
    difference.add([1, 2], [1, 2]);
    expect(difference.relative <= 1).toBe(false);
    expect(difference.isExact).toBe(false);
  });
});
