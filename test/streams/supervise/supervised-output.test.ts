import { Observable } from 'rxjs';
import { expect, it } from 'vitest';
import type { MediaEvent, PacketsDecoded } from '../../../src/core/media.js';
import type { SupervisedEvent } from '../../../src/streams/supervise/supervised-input.js';
import { SupervisedOutput } from '../../../src/streams/supervise/supervised-output.js';
import { audioOf, frameOf, timelineStart, tracks } from '../segment/media-events.js';

const NONE = { packets: 0, whole: 0 };
const report: PacketsDecoded = { type: 'decoded', visual: NONE, audio: NONE };

function toldOf(...connections: MediaEvent[][]): string[] {
  const told: string[] = [];
  new Observable<SupervisedEvent>((subscriber) => {
    const output = new SupervisedOutput(subscriber);
    for (const connection of connections) {
      output.reconnect();
      connection.forEach((event) => output.media(event));
    }
  }).subscribe((event) => {
    if (event.type === 'status') told.push(event.state);
    else told.push(event.type === 'timeline' ? `timeline ${event.reason}` : event.type);
  });
  return told;
}

it('starts the timeline of a connection once, whether or not the connection does, and is live with its first media', () => {
  const whole = ['tracks', 'decoded', 'timeline start', 'live', 'audioFrame', 'decoded', 'videoFrame'];
  const [before, after] = [
    [tracks('audio'), report],
    [audioOf(0), report, frameOf(0)],
  ];
  expect(toldOf([...before, timelineStart(), ...after])).toEqual(whole);
  expect(toldOf([...before, ...after])).toEqual(whole);
});

it('starts again with the next connection that brings media, after one that did', () => {
  const media = [timelineStart(), audioOf(0)];
  expect(toldOf([tracks('audio'), report], media, media)).toEqual([
    ...['tracks', 'decoded'],
    ...['timeline start', 'live', 'audioFrame'],
    ...['timeline restart', 'live', 'audioFrame'],
  ]);
});
