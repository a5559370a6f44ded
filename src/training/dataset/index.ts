/** Annotations, and their join with features. */
export {
  type Dataset,
  type DatasetOptions,
  type DatasetVideo,
  openDataset,
  type SkippedVideo,
} from './dataset.js';
export { annotatedSegment, segmentAtSeconds } from './segment-grid.js';
export { readVideoRows, type TableOptions, type VideoFault, type VideoRows } from './video-rows.js';
