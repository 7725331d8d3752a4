import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createHarness,
  DATABASE,
  finished,
  type Harness,
  plainTable,
  RESULTS,
  type Results,
  WORK_GROUP,
} from './support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = createHarness({
    tables: [plainTable('numbers', 'n bigint, word string')],
    scanLimit: 10_000_000,
    namedQueries: [
      {
        id: 'one',
        properties: { Name: 'all', Database: DATABASE, QueryString: 'SELECT 1', WorkGroup: WORK_GROUP },
      },
      { id: 'other', properties: { Name: 'elsewhere', Database: DATABASE, QueryString: 'SELECT 2' } },
    ],
  });
  await harness.write('numbers/all.parquet', "SELECT i AS n, 'w' || i AS word FROM range(2500) t(i)");
});
afterAll(() => harness.close());

const start = (sql: string, more: object = {}) =>
  harness.call<{ QueryExecutionId: string }>('StartQueryExecution', {
    QueryString: sql,
    WorkGroup: WORK_GROUP,
    QueryExecutionContext: { Database: DATABASE },
    ...more,
  });
/** Slow enough to be found running, and interruptible. */
const ENDLESS =
  'SELECT count(*) FROM numbers a, numbers b, numbers c, numbers d WHERE a.n + b.n + c.n + d.n = -1';

describe('results', () => {
  it('come in pages, the header as the first row of the first', async () => {
    const { id, rows } = await harness.query('SELECT n, word FROM numbers ORDER BY n');
    expect(rows).toHaveLength(999);
    const sizes: number[] = [];
    const all: string[] = [];
    let token: string | undefined;
    do {
      const page: Results = await harness.call('GetQueryResults', {
        QueryExecutionId: id,
        MaxResults: 700,
        NextToken: token,
      });
      sizes.push(page.ResultSet.Rows.length);
      all.push(...page.ResultSet.Rows.map(({ Data }) => `${Data[0]?.VarCharValue}`));
      token = page.NextToken;
    } while (token);
    expect(sizes).toEqual([700, 700, 700, 401]);
    expect(all).toEqual(['n', ...Array.from({ length: 2500 }, (_, i) => String(i))]);
  });

  it('have tokens of their own, which open no other list', async () => {
    const [one, other] = [await harness.query('SELECT n FROM numbers'), await harness.query('SELECT 1')];
    const { NextToken } = await harness.call<Results>('GetQueryResults', {
      QueryExecutionId: one.id,
      MaxResults: 10,
    });
    const foreign = [
      harness.call('GetQueryResults', { QueryExecutionId: other.id, NextToken }),
      harness.call('ListQueryExecutions', { WorkGroup: WORK_GROUP, NextToken }),
      harness.call('ListDatabases', { CatalogName: 'AwsDataCatalog', NextToken }),
    ];
    for (const call of foreign) {
      await expect(call).rejects.toMatchObject({ code: 'InvalidRequestException' });
      await expect(call).rejects.toThrow('another list');
    }
  });

  it('keep NULL, empty text, quotes, commas and line feeds apart', async () => {
    const sql = `SELECT x FROM (VALUES ('plain'), (''), (NULL), ('a"b,c'), ('two
lines'), ('ünï')) t(x)`;
    const { id } = await harness.query(sql);
    const { ResultSet } = await harness.call<Results>('GetQueryResults', { QueryExecutionId: id });
    expect(ResultSet.Rows.slice(1).map(({ Data }) => Data[0])).toEqual([
      { VarCharValue: 'plain' },
      { VarCharValue: '' },
      {},
      { VarCharValue: 'a"b,c' },
      { VarCharValue: 'two\nlines' },
      { VarCharValue: 'ünï' },
    ]);
  });

  it("carry Athena's types, and _colN for columns without a name", async () => {
    const { columns } = await harness.query(
      `SELECT n, *, 1 + 1, count(*) OVER () AS c, 1.50, ARRAY[1], MAP(ARRAY['a'], ARRAY[1]), DATE '2024-01-01',
              current_timestamp, localtimestamp, true, json_extract('{"a":1}', '$.a'), CAST(1 AS real), sum(n) OVER ()
       FROM numbers LIMIT 1`,
    );
    expect(columns).toEqual([
      'n bigint',
      'n bigint',
      'word varchar',
      '_col3 integer',
      'c bigint',
      '_col5 decimal',
      '_col6 array',
      '_col7 map',
      '_col8 date',
      '_col9 timestamp with time zone',
      '_col10 timestamp',
      '_col11 boolean',
      '_col12 json',
      '_col13 float',
      '_col14 bigint',
    ]);
  });

  it('describe a column as the drivers expect', async () => {
    const { id } = await harness.query('SELECT word, CAST(1 AS decimal(5, 2)) AS price FROM numbers LIMIT 1');
    const { ResultSet } = await harness.call<Results>('GetQueryResults', { QueryExecutionId: id });
    expect(ResultSet.ResultSetMetadata.ColumnInfo).toEqual([
      {
        CatalogName: 'hive',
        SchemaName: '',
        TableName: '',
        Name: 'word',
        Label: 'word',
        Type: 'varchar',
        Precision: 2147483647,
        Scale: 0,
        Nullable: 'UNKNOWN',
        CaseSensitive: true,
      },
      expect.objectContaining({
        Name: 'price',
        Type: 'decimal',
        Precision: 5,
        Scale: 2,
        CaseSensitive: false,
      }),
    ]);
  });

  it('are a CSV file at the enforced location, whatever the caller asks for', async () => {
    const { id } = await harness.query("SELECT 1 AS a, NULL AS b, 'x' AS c", {
      ResultConfiguration: { OutputLocation: 's3://bucket/elsewhere/' },
    });
    const execution = await finished(harness.call, id);
    expect(execution.ResultConfiguration.OutputLocation).toBe(`${RESULTS}${id}.csv`);
    expect(readFileSync(join(harness.root, 'bucket/results', `${id}.csv`), 'utf8')).toBe(
      '"a","b","c"\n"1",,"x"\n',
    );
    expect(existsSync(join(harness.root, 'bucket/elsewhere'))).toBe(false);
  });

  it('do not exist before the end, nor after a failure', async () => {
    const { id } = await harness.query("SELECT CAST('x' AS integer)");
    await expect(harness.call('GetQueryResults', { QueryExecutionId: id })).rejects.toMatchObject({
      code: 'InvalidRequestException',
      message: 'Query did not finish successfully. Final query state: FAILED',
    });
    expect(readdirSync(join(harness.root, 'bucket/results')).filter((name) => name.startsWith(id))).toEqual(
      [],
    );
  });
});

describe('a query', () => {
  it('can be stopped while it runs, and leaves no file', async () => {
    const { QueryExecutionId: id } = await start(ENDLESS);
    await vi.waitFor(async () => {
      const { QueryExecution } = await harness.call<{ QueryExecution: object }>('GetQueryExecution', {
        QueryExecutionId: id,
      });
      expect(QueryExecution).toMatchObject({ Status: { State: 'RUNNING' } });
      expect(QueryExecution).toMatchObject({ Statistics: { DataScannedInBytes: expect.any(Number) } });
    });
    await expect(harness.call('GetQueryResults', { QueryExecutionId: id })).rejects.toThrow(
      'Query has not yet finished. Current state: RUNNING',
    );
    await harness.call('StopQueryExecution', { QueryExecutionId: id });
    expect((await finished(harness.call, id)).Status).toMatchObject({
      State: 'CANCELLED',
      StateChangeReason: 'Query cancelled by user',
    });
    expect(readdirSync(join(harness.root, 'bucket/results')).filter((name) => name.startsWith(id))).toEqual(
      [],
    );
  });

  it('waits while two others run, and the API keeps answering', async () => {
    const first = (await start(ENDLESS)).QueryExecutionId;
    const second = (await start(ENDLESS)).QueryExecutionId;
    const third = (await start('SELECT 1')).QueryExecutionId;
    const states = async () => {
      const { QueryExecutions } = await harness.call<{ QueryExecutions: { Status: { State: string } }[] }>(
        'BatchGetQueryExecution',
        { QueryExecutionIds: [first, second, third] },
      );
      return QueryExecutions.map(({ Status }) => Status.State);
    };
    await vi.waitFor(async () => expect(await states()).toEqual(['RUNNING', 'RUNNING', 'QUEUED']));
    await harness.call('StopQueryExecution', { QueryExecutionId: first });
    expect((await finished(harness.call, third)).Status.State).toBe('SUCCEEDED');
    await harness.call('StopQueryExecution', { QueryExecutionId: second });
    expect((await finished(harness.call, second)).Status.State).toBe('CANCELLED');
  });

  it('started twice with one token runs once', async () => {
    const token = 'a'.repeat(32);
    const first = await start('SELECT 1', { ClientRequestToken: token });
    expect(await start('SELECT 1', { ClientRequestToken: token })).toEqual(first);
    await expect(start('SELECT 2', { ClientRequestToken: token })).rejects.toMatchObject({
      code: 'InvalidRequestException',
      message: 'Idempotent parameters do not match',
    });
  });

  it.each([-3_600_000, 3_600_000])('is timed by what passes, with the clock set by %d ms', async (by) => {
    let stepMs = 0;
    const timed = createHarness({
      tables: [plainTable('numbers', 'n bigint, word string')],
      now: () => Date.UTC(2026, 0, 31) + stepMs,
    });
    await timed.write('numbers/all.parquet', 'SELECT i AS n, NULL::VARCHAR AS word FROM range(2500) t(i)');
    const { QueryExecutionId: id } = await timed.call<{ QueryExecutionId: string }>('StartQueryExecution', {
      QueryString: ENDLESS,
      WorkGroup: WORK_GROUP,
      QueryExecutionContext: { Database: DATABASE },
    });
    stepMs = by;
    await timed.call('StopQueryExecution', { QueryExecutionId: id });
    const { Status, Statistics } = await finished(timed.call, id);
    expect(Status).toMatchObject({
      SubmissionDateTime: Date.UTC(2026, 0, 31) / 1000,
      CompletionDateTime: (Date.UTC(2026, 0, 31) + by) / 1000,
    });
    expect(timed.events).toMatchObject([{ type: 'query', state: 'CANCELLED' }]);
    const [event] = timed.events;
    const durationMs = event?.type === 'query' ? event.durationMs : -1;
    expect(durationMs).toBeGreaterThanOrEqual(0);
    expect(durationMs).toBeLessThan(600_000);
    expect(Statistics.TotalExecutionTimeInMillis).toBe(Math.round(durationMs));
    await timed.close();
  });

  it('is an event of the runtime when it is over', async () => {
    const { id, scannedBytes } = await harness.query('SELECT max(n) FROM numbers');
    expect(harness.events).toContainEqual({
      type: 'query',
      id,
      state: 'SUCCEEDED',
      durationMs: expect.any(Number),
      scannedBytes,
    });
  });

  it('takes parameters as SQL expressions, only in WHERE', async () => {
    const run = (sql: string, ...ExecutionParameters: string[]) =>
      harness.query(sql, { ExecutionParameters });
    expect((await run('SELECT n FROM numbers WHERE word = ? AND n >= ?', "'w7'", '5')).rows).toEqual(['7']);
    expect((await run('SELECT n FROM numbers WHERE word = ?', "'w7'", '5')).reason).toBe(
      'INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected 1 but found 2',
    );
    expect((await run('SELECT n FROM numbers WHERE word = ?', "'; DROP", "'")).state).toBe('FAILED');
    expect((await run('SELECT n FROM numbers WHERE word = ?', 'w7 OR true')).reason).toMatch(
      /COLUMN_NOT_FOUND/,
    );
    expect((await run('SELECT ? FROM numbers', '1')).reason).toMatch(/only in a WHERE clause/);
  });
});

describe('limits', () => {
  it('a query may have 262,144 bytes', async () => {
    const { reason, rows } = await harness.query(`SELECT length('${'é'.repeat(131_063)}')`);
    expect([reason, rows]).toEqual([undefined, ['131063']]);
  });

  it.each([
    ['SELECT cardinality(sequence(1, 10000))', '10000'],
    [
      "SELECT cardinality(sequence(timestamp '2024-01-01 00:00:00', timestamp '2024-01-01 02:46:39', interval '1' second))",
      '10000',
    ],
    ['SELECT cardinality(sequence(5, -9994))', '10000'],
  ])('%s', async (sql, row) => {
    expect((await harness.query(sql)).rows).toEqual([row]);
  });

  it.each([
    'SELECT cardinality(sequence(1, 10001))',
    'SELECT cardinality(sequence(1, 2000000000))',
    'SELECT cardinality(sequence(-9223372036854775807, 9223372036854775807))',
    'SELECT cardinality(sequence(1, 20001, 2))',
    'SELECT sum(x) FROM UNNEST(sequence(1, 10001)) AS t(x)',
    'SELECT sequence(0, n * 5) FROM numbers',
    "SELECT sequence(DATE '1990-01-01', DATE '2026-01-01', interval '1' day)",
    "SELECT sequence(timestamp '2024-01-01 00:00:00', timestamp '2024-01-01 02:46:40', interval '1' second)",
  ])('%s', async (sql) => {
    expect((await harness.query(sql)).reason).toBe(
      'INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries',
    );
  });

  it('a row of more than 32 MB is refused', async () => {
    const { reason } = await harness.query("SELECT lpad('x', 33554432, 'y')");
    expect(reason).toMatch(/^NOT_SUPPORTED_LOCALLY: a row of more than 32 MB/);
  });
});

describe('refused at once, as by AWS', () => {
  it.each([
    ['no SQL', { QueryString: 'selec 1' }, "line 1:1: mismatched input 'selec'"],
    ['a syntax error', { QueryString: 'SELECT 1\n  FROM FROM' }, /^line 2:8: /],
    [
      'two statements',
      { QueryString: 'SELECT 1; SELECT 2' },
      'Only one sql statement is allowed. Got: SELECT 1; SELECT 2',
    ],
    ['nothing', { QueryString: ' ' }, 'Query is empty'],
    ['an unknown workgroup', { QueryString: 'SELECT 1', WorkGroup: 'x' }, 'WorkGroup x is not found.'],
    ['no output location', { QueryString: 'SELECT 1', WorkGroup: 'primary' }, /^No output location provided/],
    [
      'a location outside of the buckets',
      {
        QueryString: 'SELECT 1',
        WorkGroup: 'primary',
        ResultConfiguration: { OutputLocation: 's3://bucket/../../x/' },
      },
      /not a valid S3 path/,
    ],
    ['a body of another form', { QueryString: 5 }, /^QueryString: /],
    [
      'more than 262,144 bytes',
      { QueryString: `SELECT '${'é'.repeat(131_068)}'` },
      /^QueryString: .*262144 bytes/,
    ],
  ])('%s', async (_, body, message) => {
    await expect(start('', body)).rejects.toMatchObject({
      code: 'InvalidRequestException',
      status: 400,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });

  it.each([
    [
      'GetQueryExecution',
      { QueryExecutionId: 'x' },
      'InvalidRequestException',
      'QueryExecution x was not found',
    ],
    [
      'GetQueryResults',
      { QueryExecutionId: 'x' },
      'InvalidRequestException',
      'QueryExecution x was not found',
    ],
    [
      'StopQueryExecution',
      { QueryExecutionId: 'x' },
      'InvalidRequestException',
      'QueryExecution x was not found',
    ],
    ['GetNamedQuery', { NamedQueryId: 'x' }, 'InvalidRequestException', 'NamedQuery x was not found'],
    ['GetWorkGroup', { WorkGroup: 'x' }, 'InvalidRequestException', 'WorkGroup x is not found.'],
    [
      'CreateWorkGroup',
      {},
      'UnknownOperationException',
      expect.stringContaining('does not do CreateWorkGroup'),
    ],
  ])('%s', async (operation, body, code, message) => {
    await expect(harness.call(operation, body)).rejects.toMatchObject({ code, message });
  });
});

describe('workgroups, saved queries and catalog', () => {
  it('lists the workgroups of the template beside primary', async () => {
    expect(await harness.call('ListWorkGroups', {})).toMatchObject({
      WorkGroups: [{ Name: 'primary' }, { Name: WORK_GROUP, State: 'ENABLED' }],
    });
    expect(await harness.call('GetWorkGroup', { WorkGroup: WORK_GROUP })).toMatchObject({
      WorkGroup: {
        Configuration: { EnforceWorkGroupConfiguration: true, BytesScannedCutoffPerQuery: 10_000_000 },
      },
    });
  });

  it('gives the saved queries of a workgroup', async () => {
    expect(await harness.call('ListNamedQueries', { WorkGroup: WORK_GROUP })).toEqual({
      NamedQueryIds: ['one'],
    });
    expect(await harness.call('GetNamedQuery', { NamedQueryId: 'one' })).toMatchObject({
      NamedQuery: { Name: 'all', QueryString: 'SELECT 1', NamedQueryId: 'one' },
    });
    expect(await harness.call('BatchGetNamedQuery', { NamedQueryIds: ['other', 'gone'] })).toMatchObject({
      NamedQueries: [{ Name: 'elsewhere', WorkGroup: 'primary' }],
      UnprocessedNamedQueryIds: [{ NamedQueryId: 'gone' }],
    });
  });

  it('answers SHOW, DESCRIBE and EXPLAIN without a header row', async () => {
    expect((await harness.query('SHOW TABLES')).rows).toEqual(['numbers']);
    expect((await harness.query('SHOW DATABASES')).rows).toEqual([DATABASE]);
    expect((await harness.query(`SHOW COLUMNS IN ${DATABASE}.numbers`)).rows).toEqual(['n', 'word']);
    // Registered partitions only, as in AWS: a projected table has none.
    expect((await harness.query('SHOW PARTITIONS numbers')).rows).toEqual([]);
    expect((await harness.query('DESCRIBE numbers')).rows).toEqual(['n | bigint | ', 'word | string | ']);
    expect((await harness.query('EXPLAIN SELECT max(n) FROM numbers')).rows[0]).toBe('Files: 1');
    expect((await harness.query('DESCRIBE nothing')).reason).toMatch(/^TABLE_NOT_FOUND/);
    // Clients that read the file find lines with tabs.
    const { id } = await harness.query('DESCRIBE numbers', {
      QueryExecutionContext: { Database: `\`${DATABASE}\`` },
    });
    const file = join(harness.root, 'bucket/results', `${id}.txt`);
    expect(readFileSync(file, 'utf8')).toBe('n\tbigint\t\nword\tstring\t\n');
  });

  it.each([
    ['SELECT count(*) FROM nope.DATABASE.numbers'],
    ['SELECT table_name FROM nope.information_schema.tables'],
    ['SHOW TABLES IN nope.DATABASE'],
    ['SHOW COLUMNS FROM nope.DATABASE.numbers'],
    ['DESCRIBE nope.DATABASE.numbers'],
    ['SELECT count(*) FROM numbers', 'nope'],
    ['SHOW TABLES', 'nope'],
  ])('knows no other catalog: %s', async (sql, Catalog?: string) => {
    const context = { QueryExecutionContext: { Database: DATABASE, Catalog } };
    const { state, reason } = await harness.query(sql.replace('DATABASE', DATABASE), context);
    expect(state).toBe('FAILED');
    expect(reason).toMatch(/^CATALOG_NOT_FOUND: Catalog 'nope' does not exist/);
  });

  it('finds its own catalog however it is written', async () => {
    const context = { QueryExecutionContext: { Database: DATABASE, Catalog: 'awsdatacatalog' } };
    const { rows } = await harness.query(
      `SELECT 1 FROM "AwsDataCatalog".${DATABASE}.numbers LIMIT 1`,
      context,
    );
    expect(rows).toEqual(['1']);
    const Name = 'AwsDataCatalog';
    expect(await harness.call('GetDataCatalog', { Name })).toEqual({ DataCatalog: { Name, Type: 'GLUE' } });
  });

  it('refuses what is not there in requests of the catalog', async () => {
    const known = {
      CatalogName: 'AwsDataCatalog',
      DatabaseName: DATABASE,
      TableName: 'numbers',
      Name: 'nope',
    };
    const nope = { ...known, CatalogName: 'nope' };
    const invalid = { code: 'InvalidRequestException' };
    await expect(harness.call('GetDataCatalog', known)).rejects.toMatchObject(invalid);
    for (const name of ['ListDatabases', 'GetDatabase', 'ListTableMetadata', 'GetTableMetadata']) {
      await expect(harness.call(name, nope), name).rejects.toMatchObject(invalid);
    }
    const elsewhere = { ...known, DatabaseName: 'nowhere' };
    const missing = { code: 'MetadataException' };
    for (const name of ['GetDatabase', 'ListTableMetadata', 'GetTableMetadata']) {
      await expect(harness.call(name, elsewhere), name).rejects.toMatchObject(missing);
    }
  });

  it('filters tables by an expression for the whole name', async () => {
    const list = async (Expression: string) => {
      const request = { CatalogName: 'AwsDataCatalog', DatabaseName: DATABASE, Expression };
      const { TableMetadataList } = await harness.call<{ TableMetadataList: { Name: string }[] }>(
        'ListTableMetadata',
        request,
      );
      return TableMetadataList.map(({ Name }) => Name);
    };
    expect(await list('num.*|x')).toEqual(['numbers']);
    expect(await list('umb')).toEqual([]);
    await expect(list('(')).rejects.toMatchObject({ code: 'InvalidRequestException' });
  });

  it('shows tables to SQL clients', async () => {
    const request = { CatalogName: 'AwsDataCatalog', DatabaseName: DATABASE };
    expect(await harness.call('ListDatabases', request)).toEqual({ DatabaseList: [{ Name: DATABASE }] });
    expect(await harness.call('ListTableMetadata', request)).toMatchObject({
      TableMetadataList: [{ Name: 'numbers', Columns: [{ Name: 'n', Type: 'bigint' }, { Name: 'word' }] }],
    });
    await expect(harness.call('GetTableMetadata', { ...request, TableName: 'x' })).rejects.toMatchObject({
      code: 'MetadataException',
      // As PyAthena takes it apart.
      message: expect.stringMatching(
        /\(Service: AmazonDataCatalog; Status Code: \d+; Error Code: EntityNotFoundException;[^()]*\)\s*$/,
      ),
    });
  });
});
