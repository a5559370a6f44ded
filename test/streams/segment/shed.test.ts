import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { EpochStart, Gap, Segment, SegmentEvent } from '../../../src/core/media.js';
import { segmentStartUs } from '../../../src/core/time-grid.js';
import { HIGH_WATER_SEGMENTS, shed, type ShedOptions } from '../../../src/streams/segment/shed.js';
import { WaitingLine } from '../../../src/streams/segment/waiting-line.js';

function segmentEvent(seq: number, epoch = 0): Segment {
  const nothing = { frame: null, audio: null, previewJpeg: null, flags: [], arrivedAtMs: 0 };
  return { type: 'segment', epoch, seq, timelineIndex: seq, ptsUs: segmentStartUs(seq), ...nothing };
}

const epochStart = (epoch: number): EpochStart => ({ type: 'epoch', epoch, reason: 'restart' });
const gap = (fromSeq: number, toSeq: number, epoch = 0, reason: Gap['reason'] = 'source'): Gap => ({
  type: 'gap',
  epoch,
  fromSeq,
  toSeq,
  reason,
});

/** Work that the test ends by hand, and what comes out. */
class Bench {
  readonly segments$ = new Subject<SegmentEvent>();
  readonly out: string[] = [];
  readonly started: string[] = [];
  readonly pressure: boolean[] = [];
  numDropped = 0;
  readonly #open = new Map<string, { resolve: (result: string) => void; reject: (error: unknown) => void }>();

  constructor(options: Partial<ShedOptions<string>> = {}) {
    this.segments$
      .pipe(
        shed<string>({
          capacity: 2,
          maxInFlight: 1,
          onDropped: (count) => (this.numDropped += count),
          onPressure: (high) => this.pressure.push(high),
          work: ({ epoch, seq }) => {
            const name = `${epoch}:${seq}`;
            this.started.push(name);
            return new Promise((resolve, reject) => this.#open.set(name, { resolve, reject }));
          },
          ...options,
        }),
      )
      .subscribe({
        next: (item) => this.out.push(typeof item === 'string' ? item : this.#tell(item)),
        complete: () => this.out.push('complete'),
        error: (error: unknown) => this.out.push(String(error)),
      });
  }

  get numOpen(): number {
    return this.#open.size;
  }

  push(...events: SegmentEvent[]): this {
    for (const event of events) this.segments$.next(event);
    return this;
  }

  /** Ends work, the oldest by default, and lets what follows from it happen. */
  async finish(name = [...this.#open.keys()][0]!, error?: Error): Promise<this> {
    const work = this.#open.get(name)!;
    this.#open.delete(name);
    if (error) work.reject(error);
    else work.resolve(name);
    for (let i = 0; i < 5; i++) await Promise.resolve();
    return this;
  }

  async finishAll(): Promise<this> {
    while (this.#open.size > 0) await this.finish();
    return this;
  }

  #tell(item: Gap | EpochStart): string {
    if (item.type === 'epoch') return `epoch ${item.epoch}`;
    return `gap ${item.epoch}:${item.fromSeq}-${item.toSeq} ${item.reason}`;
  }
}

describe('shed()', () => {
  it('passes results, gaps and epochs in order, whatever work ends first', async () => {
    const bench = new Bench({ maxInFlight: 3 });
    bench.push(epochStart(0), segmentEvent(0), gap(1, 4), segmentEvent(5), epochStart(1), segmentEvent(0, 1));
    expect(bench.started).toEqual(['0:0', '0:5', '1:0']);
    await bench.finish('1:0');
    await bench.finish('0:5');
    expect(bench.out).toEqual(['epoch 0']);
    await bench.finish('0:0');
    expect(bench.out).toEqual(['epoch 0', '0:0', 'gap 0:1-4 source', '0:5', 'epoch 1', '1:0']);
  });

  it('runs no more work at once than it may', async () => {
    const bench = new Bench({ maxInFlight: 2, capacity: 10 });
    bench.push(...[0, 1, 2, 3, 4].map((seq) => segmentEvent(seq)));
    expect(bench.started).toEqual(['0:0', '0:1']);
    await bench.finish('0:1');
    expect(bench.started).toEqual(['0:0', '0:1', '0:2']);
    expect(bench.numOpen).toBe(2);
  });

  it('drops what waits longest, and tells of neighbours in one gap in their place', async () => {
    const bench = new Bench();
    bench.push(epochStart(0), ...[0, 1, 2, 3, 4, 5, 6].map((seq) => segmentEvent(seq)));
    expect(bench.numDropped).toBe(4);
    await bench.finishAll();
    expect(bench.out).toEqual(['epoch 0', '0:0', 'gap 0:1-4 overload', '0:5', '0:6']);
    expect(bench.started).toEqual(['0:0', '0:5', '0:6']);
  });

  it('keeps gaps of the source apart from its own', async () => {
    const bench = new Bench({ capacity: 1 });
    bench.push(epochStart(0), segmentEvent(0), segmentEvent(1), gap(2, 3), segmentEvent(4), segmentEvent(5));
    await bench.finishAll();
    expect(bench.out).toEqual([
      ...['epoch 0', '0:0', 'gap 0:1-1 overload', 'gap 0:2-3 source', 'gap 0:4-4 overload', '0:5'],
    ]);
  });

  it('leaves out an epoch of which nothing is left', async () => {
    const bench = new Bench({ capacity: 1 });
    bench.push(epochStart(0), segmentEvent(0));
    for (let epoch = 1; epoch < 100; epoch++) bench.push(epochStart(epoch), segmentEvent(0, epoch));
    await bench.finishAll();
    expect(bench.out).toEqual(['epoch 0', '0:0', 'epoch 99', '99:0']);
    expect(bench.numDropped).toBe(98);
  });

  it('completes, or fails, once the line is worked off', async () => {
    for (const end of ['complete', 'error'] as const) {
      const bench = new Bench();
      bench.push(segmentEvent(0), segmentEvent(1));
      bench.segments$[end](new Error('source'));
      expect(bench.out).toEqual([]);
      await bench.finishAll();
      expect(bench.out).toEqual(['0:0', '0:1', end === 'complete' ? 'complete' : 'Error: source']);
    }
  });

  it('fails with work that fails, after what came before it', async () => {
    const bench = new Bench({ maxInFlight: 2 });
    bench.push(segmentEvent(0), segmentEvent(1), segmentEvent(2));
    await bench.finish('0:1', new Error('worker'));
    expect(bench.out).toEqual([]);
    await bench.finish('0:0');
    expect(bench.out).toEqual(['0:0', 'Error: worker']);
    expect(bench.segments$.observed).toBe(false);
  });

  it('fails with work that throws at once', async () => {
    const bench = new Bench({
      work: () => {
        throw new Error('sync');
      },
    });
    bench.push(segmentEvent(0));
    for (let i = 0; i < 5; i++) await Promise.resolve();
    expect(bench.out).toEqual(['Error: sync']);
  });

  it('drops nothing where the capacity is null, and asks for a pause instead', async () => {
    const bench = new Bench({ capacity: null });
    const count = HIGH_WATER_SEGMENTS + 5;
    for (let seq = 0; seq < count; seq++) bench.push(segmentEvent(seq));
    expect(bench.pressure).toEqual([true]);
    for (let i = 0; i < HIGH_WATER_SEGMENTS / 2 + 3; i++) await bench.finish();
    expect(bench.pressure).toEqual([true]);
    await bench.finish();
    expect(bench.pressure).toEqual([true, false]);
    await bench.finishAll();
    expect(bench.out).toEqual(Array.from({ length: count }, (_, seq) => `0:${seq}`));
    expect(bench.numDropped).toBe(0);
  });

  it('whatever comes and ends when, every seq of an epoch comes out once, in order', async () => {
    const act = fc.oneof(
      { weight: 6, arbitrary: fc.constant('segment' as const) },
      { weight: 2, arbitrary: fc.constant('gap' as const) },
      { weight: 1, arbitrary: fc.constant('epoch' as const) },
      { weight: 4, arbitrary: fc.constant('finish' as const) },
    );
    const bounds = { capacity: fc.integer({ min: 1, max: 4 }), maxInFlight: fc.integer({ min: 1, max: 3 }) };
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 120 }), fc.record(bounds), async (acts, limits) => {
        const bench = new Bench(limits).push(epochStart(0));
        let [epoch, seq] = [0, 0];
        for (const each of acts) {
          if (each === 'segment') bench.push(segmentEvent(seq++, epoch));
          else if (each === 'gap') {
            bench.push(gap(seq, seq + 1, epoch), segmentEvent(seq + 2, epoch));
            seq += 3;
          } else if (each === 'epoch' && seq > 0) {
            bench.push(epochStart(++epoch));
            seq = 0;
          } else if (each === 'finish' && bench.numOpen > 0) await bench.finish();
          expect(bench.numOpen).toBeLessThanOrEqual(limits.maxInFlight);
        }
        await bench.finishAll();
        let [outEpoch, nextSeq] = [-1, 0];
        for (const line of bench.out) {
          const [, newEpoch] = /^epoch (\d+)$/.exec(line) ?? [];
          if (newEpoch !== undefined) {
            expect(Number(newEpoch)).toBeGreaterThan(outEpoch);
            [outEpoch, nextSeq] = [Number(newEpoch), 0];
            continue;
          }
          const [, at, from, to = from] = /^(?:gap )?(\d+):(\d+)(?:-(\d+) \w+)?$/.exec(line)!;
          expect([Number(at), Number(from)]).toEqual([outEpoch, nextSeq]);
          nextSeq = Number(to) + 1;
        }
        expect([outEpoch, nextSeq]).toEqual([epoch, seq]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('WaitingLine', () => {
  it('stays short while work hangs, whatever gaps and epochs come', () => {
    const line = new WaitingLine<string>();
    line.push(epochStart(0));
    line.push(segmentEvent(0));
    line.start();
    for (let i = 1; i < 2000; i++) {
      const epoch = Math.floor(i / 100);
      if (i % 100 === 0) line.push(epochStart(epoch));
      const seq = 3 * (i % 100) + 1;
      line.push(gap(seq, seq + 1, epoch));
      line.push(segmentEvent(seq + 2, epoch));
      if (line.numWaiting > 3) line.dropOldest();
      expect(line.length).toBeLessThan(40);
    }
  });
});
