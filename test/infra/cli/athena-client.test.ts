import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Athena } from '../../../infra/cli/athena-client.ts';
import { readOutputs } from '../../../infra/cli/outputs.ts';
import { type ServedAthena, serveAthena } from '../commands/support/local-athena.ts';
import { createHarness, type Harness, plainTable, WORK_GROUP } from '../emulator/athena/support/harness.ts';

let harness: Harness;
let served: ServedAthena;
beforeAll(async () => {
  harness = createHarness({ tables: [plainTable('numbers', 'n bigint')] });
  await harness.write('numbers/all.parquet', 'SELECT i AS n FROM range(2000) t(i)');
  served = await serveAthena(harness);
});
afterAll(async () => {
  served.close();
  await harness.close();
});

const ENDLESS = 'SELECT count(*) FROM numbers a, numbers b, numbers c, numbers d WHERE a.n + d.n = -1';
const open = (longestMs?: number) => new Athena(readOutputs({ local: true, dir: served.dir }), longestMs);
const never = new AbortController().signal;

async function lastState(): Promise<string | undefined> {
  const { QueryExecutionIds } = await harness.call<{ QueryExecutionIds: string[] }>('ListQueryExecutions', {
    WorkGroup: WORK_GROUP,
  });
  const { QueryExecution } = await harness.call<{ QueryExecution: { Status: { State: string } } }>(
    'GetQueryExecution',
    { QueryExecutionId: QueryExecutionIds[0] },
  );
  return QueryExecution.Status.State;
}

describe('a query', () => {
  it('comes back with all its pages, and without the row of names', async () => {
    const athena = open();
    const { columns, rows } = await athena.run(
      'SELECT n FROM numbers WHERE n < ? ORDER BY n',
      ['1500'],
      never,
    );
    athena.close();
    expect(columns).toEqual([{ name: 'n', type: 'bigint' }]);
    expect([rows.length, rows[0], rows.at(-1)]).toEqual([1500, ['0'], ['1499']]);
  });

  it.each([
    ['that takes too long', 50, never, 'Athena took longer than 50ms. Stopped.'],
    ['that a person stops', undefined, AbortSignal.timeout(0), 'Stopped.'],
  ])('%s is stopped in Athena too', async (_, longestMs, signal, message) => {
    const athena = open(longestMs);
    await expect(athena.run(ENDLESS, [], signal)).rejects.toThrow(message);
    athena.close();
    await vi.waitFor(async () => expect(await lastState()).toBe('CANCELLED'));
  });
});
