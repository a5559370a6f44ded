import { designedForSegment } from '../../streams/film/designed-labels.js';
import { createFilm } from '../../streams/film/film.js';
import type { SourceSpec } from '../../streams/source/parse-source.js';

/**
 * What a source says that the scores of a segment should be: 15 values in [0, 1], or null where it says nothing.
 * @param timelineIndex of the segment, as in `Segment`
 */
export type Design = (timelineIndex: number) => readonly number[] | null;

/** The design of a source: that of the built-in film, nothing for any other. */
export function designOf({ kind, target }: SourceSpec): Design {
  if (kind !== 'film') return () => null;
  // The decode child plays the film from its beginning on every connection, so the timeline's time is the film's own.
  const film = createFilm(target);
  return (timelineIndex) => designedForSegment(film, timelineIndex);
}
