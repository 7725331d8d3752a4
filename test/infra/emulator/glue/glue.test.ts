import { describe, expect, it } from 'vitest';
import { emulate } from '../support/emulate.ts';

const TABLE_INPUT = {
  Name: 'readings',
  TableType: 'EXTERNAL_TABLE',
  Parameters: { 'projection.enabled': true },
  PartitionKeys: [{ Name: 'dt', Type: 'string' }],
  StorageDescriptor: {
    Location: 's3://lake/readings/',
    Columns: [{ Name: 'seq', Type: 'bigint' }],
    SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
  },
};

const open = () =>
  emulate({
    Resources: {
      Lake: {
        Type: 'AWS::Glue::Database',
        Properties: { DatabaseInput: { Name: 'Lake', Description: 'all' } },
      },
      ...Object.fromEntries(
        ['readings', 'alerts'].map((Name) => [
          Name,
          {
            Type: 'AWS::Glue::Table',
            Properties: { DatabaseName: { Ref: 'Lake' }, TableInput: { ...TABLE_INPUT, Name } },
          },
        ]),
      ),
    },
  });

describe('the catalog that clients read', () => {
  it('has databases and tables as the template defines them', async () => {
    const call = caller(await open());
    expect(await call('GetDatabases')).toEqual({
      DatabaseList: [{ Name: 'lake', Description: 'all', CatalogId: '000000000000' }],
    });
    expect(await call('GetDatabase', { Name: 'LAKE' })).toMatchObject({ Database: { Name: 'lake' } });
    const { Table } = await call('GetTable', { DatabaseName: 'lake', Name: 'Readings' });
    const own = { DatabaseName: 'lake', CatalogId: '000000000000' };
    expect(Table).toEqual({ ...TABLE_INPUT, ...own, Parameters: { 'projection.enabled': 'true' } });
    expect(await call('GetPartitions', { DatabaseName: 'lake', TableName: 'readings' })).toEqual({
      Partitions: [],
    });
  });

  it('lists tables in pages, and by an expression for the whole name', async () => {
    const call = caller(await open());
    const list = async (more: object) => {
      const { TableList, NextToken } = await call('GetTables', { DatabaseName: 'lake', ...more });
      return [(TableList as { Name: string }[]).map(({ Name }) => Name), NextToken] as const;
    };
    const [first, token] = await list({ MaxResults: 1 });
    expect([first, await list({ MaxResults: 1, NextToken: token })]).toEqual([
      ['readings'],
      [['alerts'], undefined],
    ]);
    expect(await list({ Expression: 'al.*|x' })).toEqual([['alerts'], undefined]);
    expect(await list({ Expression: 'lert' })).toEqual([[], undefined]);
  });

  it.each([
    ['GetDatabase', { Name: 'nope' }, 'EntityNotFoundException'],
    ['GetTables', { DatabaseName: 'nope' }, 'EntityNotFoundException'],
    ['GetTable', { DatabaseName: 'lake', Name: 'nope' }, 'EntityNotFoundException'],
    ['GetPartitions', { DatabaseName: 'lake', TableName: 'nope' }, 'EntityNotFoundException'],
    ['GetTables', { DatabaseName: 'lake', Expression: '(' }, 'InvalidInputException'],
    ['GetTable', {}, 'InvalidInputException'],
    ['CreateTable', {}, 'UnknownOperationException'],
  ])('refuses %s %j', async (operation, body, code) => {
    await expect(caller(await open())(operation, body)).rejects.toMatchObject({ code });
  });
});

/** No SDK of Glue is installed: the calls are plain. */
const caller =
  ({ call }: Awaited<ReturnType<typeof open>>) =>
  (operation: string, body: object = {}) =>
    call<Record<string, unknown>>('glue', operation, body);
