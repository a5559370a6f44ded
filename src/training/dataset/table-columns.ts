import { LABELS } from '../../core/labels.js';
import { tableError } from './table-error.js';

/** Both names that EEV's files give to the id; test.csv has the second one. */
const ID_COLUMNS = ['YouTube ID', 'Video ID'] as const;
const TIME_COLUMN = 'Timestamp (milliseconds)';

/** Where in a row the values are. */
export interface TableColumns {
  readonly id: number;
  /** Microseconds, whatever the column's name says. */
  readonly time: number;
  /** One for each of `LABELS`, in that order. */
  readonly labels: readonly number[];
}

/**
 * Finds EEV's columns in a header, in any order and case; further columns are ignored.
 * @throws {EvokedError} ERR_FILE_FORMAT that names the columns that are missing or there twice
 */
export function findColumns(header: readonly string[], path: string): TableColumns {
  const names = header.map(normalized);
  const twice = header.filter((_, column) => names.indexOf(names[column]!) !== column);
  if (twice.length > 0)
    throw tableError(path, { line: 1, what: 'a column is there twice', got: twice.join(', ') });
  const find = (name: string): number => names.indexOf(normalized(name));
  const ids = ID_COLUMNS.map(find).filter((column) => column >= 0);
  if (ids.length > 1) {
    throw tableError(path, { line: 1, what: 'two columns of ids', got: ID_COLUMNS.join(' and ') });
  }
  const missing = [TIME_COLUMN, ...LABELS].filter((name) => find(name) < 0);
  if (ids.length === 0) missing.unshift(ID_COLUMNS.join(' or '));
  if (missing.length > 0) {
    const got = `missing: ${missing.join(', ')}`;
    throw tableError(path, { line: 1, what: 'columns are missing', got, expected: "EEV's header" });
  }
  return { id: ids[0]!, time: find(TIME_COLUMN), labels: LABELS.map(find) };
}

function normalized(name: string): string {
  return name.trim().toLowerCase();
}
