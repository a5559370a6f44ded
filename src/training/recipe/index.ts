/** The paper's table, trained anew. */
export { type EnsembleFigures, type EnsembleRequest, evaluateEnsemble } from './evaluate-ensemble.js';
export { PAPER_ENSEMBLE, PAPER_TABLE, PUBLISHED_NOTE, type TowerRow } from './paper-table.js';
export { type TableRow, tableText } from './table.js';
