/**
 * How many bytes a query scans, as Athena counts them: the compressed column chunks that it needs, of the row groups
 * that its predicates do not rule out. Read from the footers, and kept while the file stays as it is.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../../base/quote.ts';
import type { Bound } from './predicates.ts';
import type { LakeFile } from './projection.ts';

interface Chunk {
  bytes: number;
  /** Smallest and largest value, as text. */
  min: string | null;
  max: string | null;
  numeric: boolean;
}

/** Row groups of a file: column → chunk. */
type Footer = Map<string, Chunk>[];

/** Footers kept in memory; a day of minute files is 1440. */
const MAX_CACHED = 20_000;

export class Footers {
  readonly #known = new Map<string, Footer>();

  /** Bytes of `columns` in `files`, without the row groups in which no row can meet `bounds`. */
  scannedBytes(files: LakeFile[], columns: ReadonlySet<string>, bounds: Bound[]): number {
    let total = 0;
    for (const group of this.#groups(files)) {
      if (!bounds.every((bound) => mayMeet(group.get(bound.column), bound))) continue;
      for (const column of columns) total += group.get(column)?.bytes ?? 0;
    }
    return total;
  }

  /** Columns that any of these files has, lower case. */
  columns(files: LakeFile[]): Set<string> {
    const found = new Set<string>();
    for (const group of this.#groups(files)) for (const column of group.keys()) found.add(column);
    return found;
  }

  #groups(files: LakeFile[]): Footer {
    return files.flatMap((file) => this.#known.get(key(file)) ?? []);
  }

  /** Has to come before any question about these files. */
  async read(connection: DuckDBConnection, all: LakeFile[]): Promise<void> {
    let files = all.filter((file) => !this.#known.has(key(file)));
    if (files.length === 0) return;
    if (this.#known.size + files.length > MAX_CACHED) {
      this.#known.clear();
      files = all;
    }
    const byPath = new Map(files.map((file) => [file.path, [] as Footer]));
    const reader = await connection.runAndReadAll(
      `SELECT file_name, row_group_id, lower(split_part(path_in_schema, ', ', 1)), total_compressed_size,
              coalesce(stats_min_value, stats_min), coalesce(stats_max_value, stats_max), type <> 'BYTE_ARRAY'
       FROM parquet_metadata([${files.map((file) => literal(file.path)).join(', ')}])`,
    );
    for (const row of reader.getRows()) {
      const [path, id, column, bytes, min, max, numeric] = row as [
        string,
        bigint,
        string,
        bigint,
        string | null,
        string | null,
        boolean,
      ];
      const footer = byPath.get(path);
      if (!footer) continue;
      const group = footer[Number(id)] ?? new Map<string, Chunk>();
      footer[Number(id)] = group;
      // A nested column has a chunk per leaf.
      group.set(column, { bytes: Number(bytes) + (group.get(column)?.bytes ?? 0), min, max, numeric });
    }
    for (const file of files) this.#known.set(key(file), byPath.get(file.path) ?? []);
  }
}

/** A file that was made again may have the same size: the time tells. */
const key = ({ path, bytes, modifiedMs }: LakeFile) => `${path}\n${bytes}\n${modifiedMs}`;

/** Without zone: one with a zone does not compare as text. */
const TIMESTAMP = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?$/;

/** Can any value of this chunk meet the bound? Without statistics: yes. */
function mayMeet(chunk: Chunk | undefined, { operator, value }: Bound): boolean {
  if (!chunk || chunk.min === null || chunk.max === null) return true;
  // Timestamps are numbers in the file and text in its statistics, in a form whose order is that of time.
  const isText = !chunk.numeric || [chunk.min, chunk.max, value].every((side) => TIMESTAMP.test(side));
  const [low, high, wanted] = isText
    ? [chunk.min, chunk.max, value]
    : [Number(chunk.min), Number(chunk.max), Number(value)];
  if ([low, high, wanted].some((side) => Number.isNaN(side))) return true;
  switch (operator) {
    case '=':
      return low <= wanted && wanted <= high;
    case '<':
      return low < wanted;
    case '<=':
      return low <= wanted;
    case '>':
      return high > wanted;
    case '>=':
      return high >= wanted;
  }
}
