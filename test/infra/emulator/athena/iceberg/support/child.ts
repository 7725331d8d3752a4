/** A process that can be killed: merges and optimizes the lake in the folder that it is given. */
import { openAthena } from '../../../../../../infra/emulator/athena/athena.ts';
import { systemClock } from '../../../../../../infra/emulator/base/clock.ts';
import { EventBus } from '../../../../../../infra/emulator/base/events.ts';
import { callOperation } from '../../../../../../infra/emulator/wire/json-operation.ts';
import { lastDays, mergeStatement, OPTIMIZE_STATEMENT } from '../../../../../../services/contract/trusted.ts';
import { DATABASE, finished } from '../../support/harness.ts';
import { NOW, TABLES } from './raw.ts';

const [s3Root = ''] = process.argv.slice(2);
const athena = openAthena({
  ...{
    tables: TABLES,
    namedQueries: [],
    s3Root,
    bus: new EventBus(),
    clock: { ...systemClock, now: () => NOW },
  },
  workGroups: [
    {
      Name: 'job',
      WorkGroupConfiguration: { ResultConfiguration: { OutputLocation: 's3://bucket/results/' } },
    },
  ],
});
const call = async <T>(operation: string, body: object) =>
  (await callOperation(athena.api, operation, body)) as T;
for (const QueryString of [mergeStatement('readings', lastDays(3)), OPTIMIZE_STATEMENT]) {
  const request = { QueryString, WorkGroup: 'job', QueryExecutionContext: { Database: DATABASE } };
  const { QueryExecutionId: id } = await call<{ QueryExecutionId: string }>('StartQueryExecution', request);
  await finished(call, id);
}
await athena.close();
