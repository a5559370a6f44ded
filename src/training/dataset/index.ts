/** Annotations, and their join with features. */
export {
  type Dataset,
  type DatasetOptions,
  type DatasetVideo,
  openDataset,
  type SkippedVideo,
} from './dataset.js';
