/** A runtime that can be killed: starts a query over an empty lake, and says so. */
import { createHarness, DATABASE, WORK_GROUP } from './harness.ts';

const [QueryString = ''] = process.argv.slice(2);
const harness = createHarness({ tables: [] });
await harness.call('StartQueryExecution', {
  ...{ QueryString, WorkGroup: WORK_GROUP, QueryExecutionContext: { Database: DATABASE } },
});
process.stdout.write('started\n');
