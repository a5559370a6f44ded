import fc from 'fast-check';
import { Observable, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { EvokedError, type ErrorCode } from '../../../src/core/errors.js';
import type { MediaEvent } from '../../../src/core/media.js';
import type { MediaInput } from '../../../src/streams/media-input.js';
import { Backoff } from '../../../src/streams/supervise/backoff.js';
import { superviseInput, type SuperviseOptions } from '../../../src/streams/supervise/supervise-input.js';
import type { SupervisedEvent } from '../../../src/streams/supervise/supervised-input.js';
import { audioOf, frameOf, timelineStart, tracks } from '../segment/media-events.js';

/** What a connection does: events at times in ms after it was opened, then an end. */
interface Script {
  readonly events?: readonly (readonly [atMs: number, event: MediaEvent])[];
  readonly end?: readonly [atMs: number, how: 'complete' | ErrorCode];
}

const sound = (lengthMs: number): Script => ({
  events: [
    [10, tracks('audio')],
    [20, timelineStart()],
    [30, audioOf(0)],
  ],
  end: [lengthMs, 'ERR_SOURCE_TIMEOUT'],
});

class Bench {
  readonly scheduler = new VirtualTimeScheduler();
  readonly told: [number, string][] = [];
  readonly openedAtMs: number[] = [];
  readonly wishes: string[] = [];
  readonly details: string[] = [];
  numConnected = 0;
  readonly input;

  constructor(scripts: readonly (Script | ErrorCode)[], options: Partial<SuperviseOptions> = {}) {
    this.input = superviseInput(() => this.#open(scripts), {
      live: true,
      backoffInitialMs: 500,
      backoffMaxMs: 8000,
      scheduler: this.scheduler,
      random: () => 0.999,
      ...options,
    });
  }

  run(untilMs = Infinity): this {
    const subscription = this.input.events$.subscribe({
      next: (event) => this.told.push([this.scheduler.now(), this.#tell(event)]),
      complete: () => this.told.push([this.scheduler.now(), 'complete']),
    });
    if (untilMs !== Infinity) this.scheduler.schedule(() => subscription.unsubscribe(), untilMs);
    this.scheduler.flush();
    return this;
  }

  get story(): string[] {
    return this.told.map(([, what]) => what);
  }

  #open(scripts: readonly (Script | ErrorCode)[]): MediaInput {
    const id = this.openedAtMs.length;
    this.openedAtMs.push(this.scheduler.now());
    const script = scripts[Math.min(id, scripts.length - 1)]!;
    if (typeof script === 'string') throw new EvokedError(script, { what: `cannot open ${id}` });
    const note = (what: string) => () => void this.wishes.push(`${id} ${what}`);
    return {
      setPreview: (on) => this.wishes.push(`${id} preview ${on}`),
      pause: note('pause'),
      resume: note('resume'),
      media$: new Observable((subscriber) => {
        this.numConnected += 1;
        subscriber.add(() => (this.numConnected -= 1));
        for (const [atMs, event] of script.events ?? []) {
          subscriber.add(this.scheduler.schedule(() => subscriber.next(event), atMs));
        }
        const [atMs, how] = script.end ?? [1e9, 'complete'];
        const end = (): void => {
          if (how === 'complete') subscriber.complete();
          else subscriber.error(new EvokedError(how, { what: 'lost' }));
        };
        subscriber.add(this.scheduler.schedule(end, atMs));
      }),
    };
  }

  #tell(event: SupervisedEvent): string {
    if (event.type === 'status') this.details.push(event.detail);
    if (event.type === 'status') return `${event.state}${event.error ? ` ${event.error.code}` : ''}`;
    return event.type === 'timeline' ? `timeline ${event.reason}` : event.type;
  }
}

describe('a live source', () => {
  it('goes connecting, live, reconnecting, live, and restarts its timeline', () => {
    const bench = new Bench([sound(1000), sound(1000)]).run(2000);
    const connection = (reason: string): string[] => ['tracks', `timeline ${reason}`, 'live', 'audioFrame'];
    expect(bench.story).toEqual([
      'connecting',
      ...connection('start'),
      'reconnecting ERR_SOURCE_TIMEOUT',
      ...connection('restart'),
    ]);
    expect(bench.openedAtMs).toEqual([0, 1499.75]);
    expect(bench.numConnected).toBe(0);
  });

  it('is also opened again when it ends in peace', () => {
    const bench = new Bench([{ ...sound(0), end: [100, 'complete'] }]).run(200);
    expect(bench.story.at(-1)).toBe('reconnecting ERR_SOURCE_UNREACHABLE');
  });

  it('that waits for a sender says so, before one has come and after one has gone', () => {
    const { details } = new Bench([{ ...sound(0), end: [100, 'complete'] }], { waitsForSender: true }).run(
      200,
    );
    expect(details).toEqual([
      'waiting for a sender',
      '',
      'The sender has gone; waiting for a sender again in 0.5 s',
    ]);
  });

  it('waits longer and longer, up to the cap', () => {
    const bench = new Bench(['ERR_SOURCE_UNREACHABLE'], { random: () => 0.5 }).run(60_000);
    const waits = bench.openedAtMs.slice(1).map((atMs, i) => atMs - bench.openedAtMs[i]!);
    expect(waits.slice(0, 6)).toEqual([375, 750, 1500, 1500, 1500, 1500]);
    expect(waits.at(-1)).toBe(6000);
    expect(bench.story.filter((what) => what !== 'reconnecting ERR_SOURCE_UNREACHABLE')).toEqual([
      'connecting',
    ]);
  });

  it('starts with short waits again only after a connection that held for a while', () => {
    const waits = (lengthMs: number): number[] => {
      const { events = [], end } = sound(lengthMs);
      const script: Script = { events: [...events, [lengthMs - 1, audioOf(1)]], end: end! };
      const bench = new Bench([script], { random: () => 0.5 }).run(6 * lengthMs + 15_000);
      return bench.openedAtMs.slice(1, 5).map((atMs, i) => atMs - bench.openedAtMs[i]! - lengthMs);
    };
    expect(waits(1000)).toEqual([375, 750, 1500, 1500]);
    expect(waits(20_000)).toEqual([375, 375, 375, 375]);
  });

  it.each(['ERR_SOURCE_AUTH', 'ERR_SOURCE_NOT_MEDIA', 'ERR_SOURCE_NO_TRACKS', 'ERR_SOURCE_DEVICE'] as const)(
    'is asked rarely after %s, which a person has to mend',
    (code) => {
      const bench = new Bench([code], { random: () => 0 }).run(9000);
      expect(bench.openedAtMs).toEqual([0, 4000, 8000]);
    },
  );

  it.each(['ERR_DECODE_CRASHED', 'ERR_DECODE_STALLED', 'ERR_DECODE_WIRE', 'ERR_DECODE_MEMORY'] as const)(
    'is given up at the sixth %s within a minute',
    (code) => {
      const bench = new Bench([{ ...sound(0), end: [100, code] }], { random: () => 0 }).run();
      expect(bench.openedAtMs).toEqual([0, 350, 950, 2050, 3150, 4250]);
      expect(bench.told.slice(-2)).toEqual([
        [4350, `failed ${code}`],
        [4350, 'complete'],
      ]);
      expect(bench.details.at(-1)).toMatch(/^lost; .*given up until the stream is restarted$/);
      expect(bench.numConnected).toBe(0);
    },
  );

  it('goes on for ever where crashes are rarer', () => {
    const crash: Script = { ...sound(0), end: [12_001, 'ERR_DECODE_CRASHED'] };
    const atOnce = { random: () => 0, backoffInitialMs: 2, backoffMaxMs: 2 };
    const bench = new Bench([crash], atOnce).run(3_600_000);
    expect(bench.openedAtMs).toHaveLength(300);
    expect(new Bench([{ ...crash, end: [11_990, 'ERR_DECODE_CRASHED'] }], atOnce).run().story.at(-2)).toBe(
      'failed ERR_DECODE_CRASHED',
    );
  });

  it('is not given up for what the other side does, however often', () => {
    const scripts: ErrorCode[] = [
      ...Array<ErrorCode>(40).fill('ERR_SOURCE_UNREACHABLE'),
      'ERR_DECODE_CRASHED',
    ];
    const options = { random: () => 0.5, backoffInitialMs: 100, backoffMaxMs: 100 };
    const bench = new Bench(scripts, options).run(3050);
    expect(bench.openedAtMs).toHaveLength(41);
    expect(bench.story.at(-1)).toBe('reconnecting ERR_DECODE_CRASHED');
  });

  it('may be forbidden to restart at all after a crash', () => {
    const bench = new Bench(['ERR_DECODE_CRASHED'], { maxCrashRestartsPerMinute: 0 }).run();
    expect(bench.story).toEqual(['connecting', 'failed ERR_DECODE_CRASHED', 'complete']);
  });

  it.each(['ERR_SOURCE_NOT_MEDIA', 'ERR_SOURCE_NO_TRACKS', 'ERR_SOURCE_DEVICE'] as const)(
    'is asked soon after %s where it was sound before: it is on its way back',
    (code) => {
      const bench = new Bench([sound(1000), code], { random: () => 0 }).run(3000);
      expect(bench.openedAtMs).toEqual([0, 1250, 1750, 2750]);
    },
  );

  it('is not kept waiting for longer than 2 s, or a quarter of the time that it was away', () => {
    const back = fc.record({ awayMs: fc.integer({ min: 1, max: 3_600_000 }), seed: fc.nat() });
    fc.assert(
      fc.property(back, ({ awayMs, seed }) => {
        let state = seed;
        const random = (): number => (state = (state * 16_807 + 1) % 2_147_483_647) / 2_147_483_647;
        const backoff = new Backoff({ initialMs: 500, maxMs: 15_000, random });
        let atMs = 0;
        while (atMs < awayMs) atMs += backoff.next(atMs);
        expect(atMs - awayMs).toBeLessThanOrEqual(Math.min(15_000, Math.max(2000, awayMs / 4)));
      }),
    );
  });

  it('is given up where its URL is wrong', () => {
    const bench = new Bench(['ERR_SOURCE_URL']).run();
    expect(bench.story).toEqual(['connecting', 'failed ERR_SOURCE_URL', 'complete']);
  });

  it('says start, not restart, where the connections before brought no media', () => {
    const bench = new Bench(['ERR_SOURCE_UNREACHABLE', { end: [5, 'ERR_SOURCE_TIMEOUT'] }, sound(100)]).run(
      2000,
    );
    expect(bench.story.filter((what) => what.startsWith('timeline'))[0]).toBe('timeline start');
  });

  it('gets the TimelineStart that its input forgot, and keeps those it has', () => {
    const events: Script['events'] = [
      [1, tracks('visual')],
      [2, frameOf(0)],
      [3, timelineStart('discontinuity')],
      [4, frameOf(0)],
    ];
    const bench = new Bench([{ events, end: [10, 'ERR_DECODE_CRASHED'] }]).run(550);
    expect(bench.story.filter((what) => what.startsWith('timeline'))).toEqual([
      ...['timeline start', 'timeline discontinuity'],
      ...['timeline restart', 'timeline discontinuity'],
    ]);
  });

  it('keeps preview and pause over connections', () => {
    const bench = new Bench([sound(100)]);
    bench.input.setPreview(true);
    bench.scheduler.schedule(() => bench.input.pause(), 50);
    bench.scheduler.schedule(() => bench.input.resume(), 650);
    bench.run(680);
    expect(bench.wishes).toEqual(['0 preview true', '0 pause', '1 preview true', '1 pause', '1 resume']);
  });

  it('stops for good when nobody listens, connected or waiting', () => {
    for (const untilMs of [50, 300]) {
      const bench = new Bench([sound(100)]).run(untilMs);
      expect(bench.openedAtMs).toEqual([0]);
      expect(bench.numConnected).toBe(0);
    }
  });
});

describe('a source that is not live', () => {
  it('ends when it is over', () => {
    const bench = new Bench([{ ...sound(0), end: [100, 'complete'] }], { live: false }).run();
    expect(bench.told.slice(-2)).toEqual([
      [100, 'ended'],
      [100, 'complete'],
    ]);
    expect(bench.openedAtMs).toHaveLength(1);
  });

  it.each([
    'ERR_SOURCE_NOT_MEDIA',
    'ERR_SOURCE_UNREACHABLE',
    'ERR_SOURCE_NO_TRACKS',
    'ERR_DECODE_CRASHED',
  ] as const)('fails for good with %s, at once or midway', (code) => {
    expect(new Bench([code], { live: false }).run().story).toEqual([
      'connecting',
      `failed ${code}`,
      'complete',
    ]);
    const midway = new Bench([{ ...sound(0), end: [100, code] }], { live: false }).run();
    expect(midway.story.slice(-2)).toEqual([`failed ${code}`, 'complete']);
  });
});

describe('a source that could have been live, and states its length', () => {
  const known = tracks('audio');
  const recording: Script = {
    events: [
      [10, { ...known, tracks: { ...known.tracks, durationSeconds: 8 } }],
      [20, timelineStart()],
      [30, audioOf(0)],
    ],
    end: [100, 'complete'],
  };

  it('ends when it is over', () => {
    const bench = new Bench([recording]).run();
    expect(bench.story.slice(-2)).toEqual(['ended', 'complete']);
    expect(bench.openedAtMs).toEqual([0]);
  });

  it('is not opened again after a failure midway', () => {
    const bench = new Bench([{ ...recording, end: [100, 'ERR_SOURCE_TIMEOUT'] }]).run();
    expect(bench.story.at(-2)).toBe('failed ERR_SOURCE_TIMEOUT');
  });

  it('is not scored again where it was live before', () => {
    const bench = new Bench([sound(1000), recording]).run(10_000);
    expect(bench.story.filter((what) => what === 'audioFrame')).toHaveLength(1);
    expect(bench.story.slice(-2)).toEqual(['ended', 'complete']);
    expect(bench.openedAtMs).toHaveLength(2);
    expect(bench.numConnected).toBe(0);
  });
});

describe('Backoff', () => {
  it('spreads over the upper half of a window that doubles up to the cap', () => {
    const at = (random: number): number[] => {
      const backoff = new Backoff({ initialMs: 100, maxMs: 1000, random: () => random });
      return Array.from({ length: 6 }, () => backoff.next(1e6));
    };
    expect(at(0)).toEqual([50, 100, 200, 400, 500, 500]);
    expect(at(0.5)).toEqual([75, 150, 300, 600, 750, 750]);
  });

  it('stays finite for ever', () => {
    const backoff = new Backoff({ initialMs: 100, maxMs: 1000, random: () => 0.5 });
    for (let i = 0; i < 5000; i++) backoff.next(1e9);
    expect(backoff.next(1e9)).toBe(750);
    expect(backoff.nextAtCap()).toBe(750);
    backoff.reset();
    expect(backoff.next(1e9)).toBe(75);
  });
});
