/** The DuckDB instance behind local Athena: locked down to reading the lake, and set to Athena's semantics. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { madeOnce } from '../base/made-once.ts';
import { literal } from '../base/quote.ts';
import { createMacros } from './sql/macros.ts';

/** For every connection: without GLOBAL, what an extension of the engine defines holds for the one that sets it alone. */
const SETTINGS = [
  "SET GLOBAL TimeZone = 'UTC'",
  // What is remembered of a footer counts in the engine's memory, and is forgotten where a query needs the space.
  'SET GLOBAL parquet_metadata_cache = true',
  // A Parquet file is written once; what was read of it last time tells nothing about what a query costs.
  'SET enable_external_file_cache = false',
  // Spilling would write into the working directory; a query too large for memory fails, as it can in Athena.
  "SET temp_directory = ''",
];

export interface EngineOptions {
  /** The only folders that queries can read, absolute. */
  folders: string[];
  /** Beyond that, a query fails. Not all that the engine allocates is counted. */
  memoryBytes: number;
}

/** Opened by the first query, so that it costs the start of the runtime nothing. */
export class Engine {
  readonly #instance: () => Promise<DuckDBInstance>;

  constructor(options: EngineOptions) {
    this.#instance = madeOnce(() => open(options));
  }

  /** Runs `use` on a connection of its own, which is closed afterwards. */
  async connected<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await (await this.#instance()).connect();
    try {
      return await use(connection);
    } finally {
      connection.closeSync();
    }
  }
}

async function open({ folders, memoryBytes }: EngineOptions): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const allowed = folders.map(literal).join(', ');
    const memory = `SET memory_limit = '${memoryBytes}B'`;
    const lock = [
      ...(folders.length > 0 ? [`SET allowed_directories = [${allowed}]`] : []),
      'SET enable_external_access = false',
      'SET lock_configuration = true',
    ];
    // At once, and the macros in one transaction: ninety of them one by one take twice the time.
    const macros = ['BEGIN', ...createMacros(), 'COMMIT'];
    await connection.run([...SETTINGS, memory, ...macros, ...lock].join(';\n'));
  } finally {
    connection.closeSync();
  }
  return instance;
}
