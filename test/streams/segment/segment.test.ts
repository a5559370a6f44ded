import { Subject, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { MediaEvent, SegmentEvent } from '../../../src/core/media.js';
import { segment } from '../../../src/streams/segment/segment.js';
import { audioOf, frameOf, timelineStart, tracks } from './media-events.js';

function run(play: (media$: Subject<MediaEvent>, at: (ms: number, act: () => void) => void) => void): {
  told: [number, string][];
  scheduler: VirtualTimeScheduler;
  media$: Subject<MediaEvent>;
} {
  const scheduler = new VirtualTimeScheduler();
  const media$ = new Subject<MediaEvent>();
  const told: [number, string][] = [];
  const tell = (event: SegmentEvent): string => (event.type === 'segment' ? String(event.seq) : event.type);
  media$
    .pipe(
      segment({
        watermarkTimeoutMs: 250,
        idleTimeoutMs: 1000,
        scheduler,
      }),
    )
    .subscribe({
      next: (event) => told.push([scheduler.now(), tell(event)]),
      complete: () => told.push([scheduler.now(), 'complete']),
      error: (error: unknown) => told.push([scheduler.now(), String(error)]),
    });
  play(media$, (ms, act) => scheduler.schedule(act, ms));
  scheduler.flush();
  return { told, scheduler, media$ };
}

describe('segment()', () => {
  it('emits by its timer where no media comes', () => {
    const { told } = run((media$, at) => {
      at(0, () => media$.next(tracks('visual', 'audio')));
      at(5, () => media$.next(audioOf(0)));
      at(171, () => media$.next(audioOf(1)));
    });
    expect(told).toEqual([
      [255, 'epoch'],
      [255, '0'],
      [421, '1'],
    ]);
  });

  it('emits at once what waits for nothing, and leaves no timer behind', () => {
    const { told, scheduler } = run((media$, at) => {
      at(0, () => media$.next(tracks('visual', 'audio')));
      at(10, () => media$.next(timelineStart()));
      at(20, () => media$.next(audioOf(0)));
      at(25, () => media$.next(frameOf(0)));
      at(30, () => media$.next(frameOf(1)));
    });
    expect(told).toEqual([
      [30, 'epoch'],
      [30, '0'],
    ]);
    expect(scheduler.actions).toHaveLength(0);
  });

  it('emits what is left when the source completes or fails', () => {
    const end = (how: (media$: Subject<MediaEvent>) => void): string[] =>
      run((media$, at) => {
        at(0, () => media$.next(tracks('visual', 'audio')));
        at(1, () => media$.next(audioOf(0, 1)));
        at(2, () => how(media$));
      }).told.map(([ms, what]) => `${ms} ${what}`);
    expect(end((media$) => media$.complete())).toEqual(['2 epoch', '2 0', '2 1', '2 complete']);
    expect(end((media$) => media$.error(new Error('cut')))).toEqual([
      '2 epoch',
      '2 0',
      '2 1',
      '2 Error: cut',
    ]);
  });

  it('stops its timer and its source with the subscription', () => {
    const scheduler = new VirtualTimeScheduler();
    const media$ = new Subject<MediaEvent>();
    const told: SegmentEvent[] = [];
    const subscription = media$
      .pipe(segment({ watermarkTimeoutMs: 250, idleTimeoutMs: 1000, scheduler }))
      .subscribe((event) => told.push(event));
    media$.next(tracks('visual', 'audio'));
    media$.next(audioOf(0));
    subscription.unsubscribe();
    expect(media$.observed).toBe(false);
    scheduler.flush();
    expect(told).toEqual([]);
  });
});
