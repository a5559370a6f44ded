/** Annotations, and their join with features. */
export { type Dataset, type DatasetOptions, type DatasetVideo, openDataset } from './dataset.js';
export { DigestCheck, listFeatureFiles } from './feature-folder.js';
export { type Annotations, readAnnotations, type SkippedVideo } from './read-annotations.js';
export { annotatedSegment, segmentAtSeconds } from './segment-grid.js';
export { readVideoRows, type TableOptions, type VideoFault, type VideoRows } from './video-rows.js';
