/** Local Athena over a lake in a temporary folder. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type Athena, type AthenaOptions, openAthena } from '../../../../../infra/emulator/athena/athena.ts';
import { systemClock } from '../../../../../infra/emulator/base/clock.ts';
import { EventBus, type RuntimeEvent } from '../../../../../infra/emulator/base/events.ts';
import type { CatalogColumn, CatalogTable } from '../../../../../infra/emulator/glue/catalog.ts';
import { callOperation } from '../../../../../infra/emulator/wire/json-operation.ts';
import { ALERT_COLUMNS } from '../../../../../services/contract/alert.ts';
import { PARTITION_COLUMNS, READING_COLUMNS } from '../../../../../services/contract/lake-columns.ts';
import { REFUSAL_COLUMNS } from '../../../../../services/contract/refusal.ts';
import { program } from '../../../../support/program-file.ts';

export const DATABASE = 'lake';
export const WORK_GROUP = 'team';
export const RESULTS = 's3://bucket/results/';

export interface Outcome {
  id: string;
  state: string;
  reason: string | undefined;
  scannedBytes: number;
  /** `name type`, such as `n bigint`. */
  columns: string[];
  /** Values joined by ` | `, NULL as the word. */
  rows: string[];
}

export interface Harness {
  root: string;
  athena: Athena;
  events: RuntimeEvent[];
  /** Writes a Parquet file with the rows of a DuckDB query. Key: below the bucket. */
  write(key: string, sql: string): Promise<void>;
  /** Any operation. */
  call<T>(operation: string, body: object): Promise<T>;
  query(sql: string, more?: object): Promise<Outcome>;
  /** Removes all objects: another lake for the same process, which takes a quarter of a second to start. */
  empty(): void;
  close(): Promise<void>;
}

export interface HarnessOptions {
  tables: CatalogTable[];
  now?: () => number;
  scanLimit?: number;
  namedQueries?: { id: string; properties: unknown }[];
  limits?: AthenaOptions['limits'];
}

/** Writing needs an engine without locks; one is enough for all tests of a file. */
let writer: Promise<DuckDBConnection> | undefined;
async function openWriter(): Promise<DuckDBConnection> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
  return connection;
}

export function createHarness(options: HarnessOptions): Harness {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'athena-')));
  const bus = new EventBus();
  const events: RuntimeEvent[] = [];
  bus.on('event', (event) => events.push(event));
  const athena = openAthena({
    tables: options.tables,
    workGroups: [
      {
        Name: WORK_GROUP,
        WorkGroupConfiguration: {
          EnforceWorkGroupConfiguration: true,
          ResultConfiguration: { OutputLocation: RESULTS },
          ...(options.scanLimit ? { BytesScannedCutoffPerQuery: options.scanLimit } : {}),
        },
      },
    ],
    namedQueries: options.namedQueries ?? [],
    s3Root: root,
    bus,
    limits: options.limits,
    queryProgram: program('infra/emulator/athena/query-process.ts'),
    ...(options.now ? { clock: { ...systemClock, now: options.now } } : {}),
  });
  const call = async <T>(operation: string, body: object) =>
    (await callOperation(athena.api, operation, body)) as T;
  return {
    root,
    athena,
    events,
    call,
    async write(key, sql) {
      const path = join(root, 'bucket', key);
      mkdirSync(dirname(path), { recursive: true });
      writer ??= openWriter();
      await (await writer).run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
    },
    query: (sql, more = {}) => runQuery(call, sql, more),
    empty: () => rmSync(join(root, 'bucket'), { recursive: true, force: true }),
    async close() {
      await athena.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

type Call = Harness['call'];

async function runQuery(call: Call, sql: string, more: object): Promise<Outcome> {
  const { QueryExecutionId: id } = await call<{ QueryExecutionId: string }>('StartQueryExecution', {
    QueryString: sql,
    WorkGroup: WORK_GROUP,
    QueryExecutionContext: { Database: DATABASE },
    ...more,
  });
  const { Status, Statistics, StatementType } = await finished(call, id);
  const outcome = {
    id,
    state: Status.State,
    reason: Status.StateChangeReason,
    scannedBytes: Statistics.DataScannedInBytes,
  };
  if (Status.State !== 'SUCCEEDED') return { ...outcome, columns: [], rows: [] };
  const { ResultSet } = await call<Results>('GetQueryResults', { QueryExecutionId: id });
  const rows = ResultSet.Rows.map(({ Data }) =>
    Data.map(({ VarCharValue }) => VarCharValue ?? 'NULL').join(' | '),
  );
  return {
    ...outcome,
    columns: ResultSet.ResultSetMetadata.ColumnInfo.map(({ Name, Type }) => `${Name} ${Type}`),
    rows: StatementType === 'DML' ? rows.slice(1) : rows,
  };
}

export interface Results {
  ResultSet: {
    Rows: { Data: { VarCharValue?: string }[] }[];
    ResultSetMetadata: { ColumnInfo: Record<string, string | number | boolean>[] };
  };
  NextToken?: string;
}

export interface QueryExecution {
  Status: { State: string; StateChangeReason?: string };
  Statistics: Record<string, number> & { DataScannedInBytes: number };
  StatementType: string;
  ResultConfiguration: { OutputLocation: string };
}

/** The execution once it is over. */
export async function finished(call: Call, id: string): Promise<QueryExecution> {
  for (;;) {
    const { QueryExecution: found } = await call<{ QueryExecution: QueryExecution }>('GetQueryExecution', {
      QueryExecutionId: id,
    });
    if (found.Status.State !== 'QUEUED' && found.Status.State !== 'RUNNING') return found;
    // Not in a loop without pause: the process that runs the query needs the processor.
    await sleep(2);
  }
}

const column = (name: string, type: string): CatalogColumn => ({ name, type, comment: '' });

/** A table without partitions. Columns as `name type, …`. */
export function plainTable(name: string, columns: string): CatalogTable {
  return {
    database: DATABASE,
    name,
    columns: columns.split(', ').map((entry) => {
      const [columnName = '', type = ''] = entry.split(' ');
      return column(columnName, type);
    }),
    partitionKeys: [],
    location: `s3://bucket/${name}/`,
    parameters: {},
  };
}

/** A table as the template defines it: partitioned by dt and hour through projection. */
export function lakeTable(name: string, columns: readonly CatalogColumn[]): CatalogTable {
  return {
    database: DATABASE,
    name,
    columns: [...columns],
    partitionKeys: [...PARTITION_COLUMNS],
    location: `s3://bucket/${name}/`,
    parameters: {
      'projection.enabled': 'true',
      'projection.dt.type': 'date',
      'projection.dt.format': 'yyyy-MM-dd',
      'projection.dt.range': '2024-01-01,NOW+1DAYS',
      'projection.hour.type': 'integer',
      'projection.hour.range': '0,23',
      'projection.hour.digits': '2',
      'storage.location.template': `s3://bucket/${name}/dt=\${dt}/hour=\${hour}/`,
    },
  };
}

export const READINGS = lakeTable('readings', READING_COLUMNS);
export const ALERTS = lakeTable('alerts', ALERT_COLUMNS);
export const REFUSED = lakeTable('refused', REFUSAL_COLUMNS);
