/** NDJSON file → Parquet file, by DuckDB in its own threads. */
import { DuckDBInstance } from '@duckdb/node-api';
import { madeOnce } from '../base/made-once.ts';
import { literal } from '../base/quote.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import { columnType } from './openx.ts';
import type { ParquetOptions } from './properties.ts';

// Nothing is sorted or joined, so nothing needs a temporary folder. Two files at a time with one thread each take a
// sixth less time than one after the other with two threads, which wait for each other.
const SETTINGS = { memory_limit: '1GB', temp_directory: '', threads: '1' };
/** All delivery streams of the process write through one database, which holds nothing. */
const engine = madeOnce(() => DuckDBInstance.create(':memory:', SETTINGS));
/** The files being written, at most two: each occupies one of the process' four file-system threads. */
const writing: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];

export interface ParquetFile {
  from: string;
  to: string;
  table: CatalogTable;
  options: ParquetOptions;
}

/** Writes every line of `from`, whose keys are column names; gives the number of rows. */
export function writeParquet(file: ParquetFile): Promise<number> {
  const rows = Promise.resolve(writing.shift()).then(() => write(file));
  writing.push(rows.catch(() => undefined));
  return rows;
}

async function write({ from, to, table, options }: ParquetFile): Promise<number> {
  const connection = await (await engine()).connect();
  try {
    const columns = table.columns.map(
      (column) => `${literal(column.name)}: '${columnType(column).duckdbType}'`,
    );
    const source = `read_json(${literal(from)}, format = 'newline_delimited', auto_detect = false, columns = {${columns.join(', ')}})`;
    // Version 1 pages: Firehose writes them, and every reader knows them.
    const format = ['FORMAT parquet', `COMPRESSION ${options.compression}`, 'PARQUET_VERSION V1'];
    if (!options.dictionary) format.push('DICTIONARY_SIZE_LIMIT 0');
    const result = await connection.run(`COPY (FROM ${source}) TO ${literal(to)} (${format.join(', ')})`);
    return result.rowsChanged;
  } finally {
    connection.closeSync();
  }
}
