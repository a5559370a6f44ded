import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { tableError } from './table-error.js';

const READ_BYTES = 1024 * 1024;
/** A quote that is never closed must not draw the rest of the file into memory. */
const MAX_RECORD_CHARACTERS = 65_536;

/** One record of a CSV file. */
export interface CsvRecord {
  readonly fields: readonly string[];
  /** Line of the file, from 1, on which the record ends. */
  readonly line: number;
  readonly bytesRead: number;
  readonly totalBytes: number;
}

interface ParsedRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/**
 * The records of a CSV file (RFC 4180), the header among them, as a stream of bounded memory. Blank lines are skipped.
 * @throws {EvokedError} ERR_FILE_FORMAT with the line, where quotes are wrong or a record has another number of fields
 */
export async function* readCsvRecords(path: string): AsyncGenerator<CsvRecord> {
  const input = createReadStream(path, { highWaterMark: READ_BYTES });
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_CHARACTERS,
  });
  input.once('error', (error) => parser.destroy(error));
  try {
    const { size: totalBytes } = await stat(path);
    for await (const { record, info } of input.pipe(parser) as AsyncIterable<ParsedRecord>) {
      yield { fields: record, line: info.lines, bytesRead: input.bytesRead, totalBytes };
    }
  } catch (cause) {
    throw readError(path, cause);
  } finally {
    input.destroy();
    parser.destroy();
  }
}

function readError(path: string, cause: unknown): unknown {
  if (cause instanceof CsvError) {
    const line = typeof cause['lines'] === 'number' ? cause['lines'] : undefined;
    return tableError(path, { what: cause.message, ...(line === undefined ? {} : { line }) }, cause);
  }
  if (!(cause instanceof Error && 'syscall' in cause && 'code' in cause)) return cause;
  return tableError(path, { what: 'cannot be read', got: String(cause.code) }, cause);
}
