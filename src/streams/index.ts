/** A URL, a device or a pushed stream → Segment. Knows no model. */
export type { MediaInput, MediaInputOptions } from './media-input.js';
export { policyFor, type SourceOrigin, type SourcePolicy } from './policy/source-policy.js';
export { parseSource, DEFAULT_FILM_SEED, type SourceSpec } from './source/parse-source.js';
export { SOURCE_SCHEMES, type SourceKind, type SourceScheme } from './source/source-schemes.js';
export { superviseInput, type SuperviseOptions } from './supervise/supervise-input.js';
export type { InputStatus, SupervisedEvent, SupervisedInput } from './supervise/supervised-input.js';
export { segment, type SegmentOptions } from './segment/segment.js';
export { SegmentAssembler, type AssemblerOptions } from './segment/segment-assembler.js';
export { shed, HIGH_WATER_SEGMENTS, type ShedOptions } from './segment/shed.js';
export { createFilm, FILM_HEIGHT, FILM_WIDTH, type Film, type FilmPicture } from './film/film.js';
