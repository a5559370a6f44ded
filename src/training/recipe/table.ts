import { PUBLISHED_NOTE } from './paper-table.js';

/** One row of the finished table. */
export interface TableRow {
  readonly title: string;
  /** On the validation videos, as the authors count; null where it is not defined. */
  readonly mRho: number | null;
  readonly mRhoDefined: number | null;
  /** Epoch whose weights were kept; null for the ensemble. */
  readonly epoch: number | null;
  readonly published: number;
  /** Folder of the run; null for the ensemble. */
  readonly folder: string | null;
}

const DIGITS = 5;

/** The table as text, with what is to be said about its published column. */
export function tableText(rows: readonly TableRow[], numVideos: number): string {
  const head = ['', 'M_rho', 'defined only', 'published'];
  const cells = rows.map(({ title, mRho, mRhoDefined, published }) => [
    title,
    number(mRho),
    number(mRhoDefined),
    number(published),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length)),
  );
  const lines = [head, ...cells].map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
  const here = `M_rho: on ${numVideos} validation videos of your own; correlations that are not defined count -1`;
  return [...lines, '', here, PUBLISHED_NOTE].join('\n');
}

function number(value: number | null): string {
  return value === null ? 'not defined' : value.toFixed(DIGITS);
}
