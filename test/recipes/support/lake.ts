/**
 * A lake that an earlier contract has written, under the contract in force: new files beside the old ones, then the
 * nightly MERGE. Prints rows, values of the new metric and the mean of an old one, in the raw and in the trusted layer.
 */
import { cpSync } from 'node:fs';
import { mergeStatement } from '../../../services/contract/trusted.ts';
import { NOW, TABLES } from '../../infra/emulator/athena/iceberg/support/raw.ts';
import { createHarness } from '../../infra/emulator/athena/support/harness.ts';

const [oldLake = '', metric = ''] = process.argv.slice(2);
const harness = createHarness({ tables: TABLES, now: () => NOW });
cpSync(oldLake, harness.root, { recursive: true });
await harness.write(
  'readings/dt=2026-11-22/hour=12/new.parquet',
  `SELECT * FROM (VALUES
    ('new-1', 'site-1', 1::BIGINT, 21.5::DOUBLE, 1070.5::DOUBLE, '2026-11-22T12:00:01Z', '2026-11-22 12'),
    ('old-1', 'site-1', 9::BIGINT, 21.5::DOUBLE, NULL::DOUBLE, '2026-11-22T12:00:02.000Z', '2026-11-22 12')
  ) AS t(device_id, site_id, seq, temperature, "${metric}", "timestamp", timestamp_sent)`,
);
const answers: string[] = [];
const merged = await harness.query(mergeStatement('readings', { first: "'2026-11-20'" }));
if (merged.reason !== undefined) throw new Error(merged.reason);
for (const table of ['readings', 'readings_trusted']) {
  const { reason, rows } = await harness.query(
    `SELECT count(*), count(${metric}), max(${metric}), count(temperature) FROM ${table}`,
  );
  answers.push(reason ?? rows.join());
}
await harness.close();
process.stdout.write(JSON.stringify(answers));
