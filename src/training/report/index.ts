/** What a training run looks like to a reader. */
export { renderReport, type ReportContent } from './render-report.js';
