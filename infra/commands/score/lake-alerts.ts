/** Alerts that were really sent, from the lake on AWS: its table of alerts, through Athena. */
import {
  AthenaClient,
  GetQueryExecutionCommand,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { z } from 'zod';
import { UsageError } from '../../../simulator/cli/usage-error.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import { scoredAlertSchema } from './alert-source.ts';
import type { ScoredAlert } from './match.ts';

const COLUMNS = ['incident_id', 'status', 'device_id', 'metric', 'at'] as const;
const POLL_MS = 500;

/** Event times between which alerts are asked for, ISO 8601. */
export interface Span {
  start: string;
  end: string;
}

/** From the lake's table of alerts. Those of the last minutes may still be in the delivery stream's buffer. */
export async function alertsFromLake(outputs: StackOutputs, span: Span): Promise<ScoredAlert[]> {
  const client = new AthenaClient({ region: outputs.Region });
  try {
    const id = await runQuery(client, outputs, alertQuery(outputs.AlertsTableName, span));
    const rows: (string | undefined)[][] = [];
    for await (const page of paginateGetQueryResults({ client }, { QueryExecutionId: id })) {
      for (const { Data = [] } of page.ResultSet?.Rows ?? [])
        rows.push(Data.map((cell) => cell.VarCharValue));
    }
    // The first row is the header.
    const objects = rows.slice(1).map((row) => Object.fromEntries(COLUMNS.map((name, i) => [name, row[i]])));
    return z.array(scoredAlertSchema).parse(objects);
  } finally {
    client.destroy();
  }
}

/** Partitions first, so that only the days of the run are scanned; an alert may be noticed the day after. */
export function alertQuery(table: string, { start, end }: Span): string {
  const lastDay = new Date(Date.parse(end) + 86_400_000).toISOString().slice(0, 10);
  return `SELECT ${COLUMNS.map((name) => `"${name}"`).join(', ')} FROM "${table}"
WHERE dt BETWEEN '${start.slice(0, 10)}' AND '${lastDay}' AND "at" BETWEEN '${start}' AND '${end}'`;
}

async function runQuery(client: AthenaClient, outputs: StackOutputs, sql: string): Promise<string> {
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      WorkGroup: outputs.WorkGroupName,
      QueryExecutionContext: { Database: outputs.DatabaseName },
    }),
  );
  for (;;) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === 'SUCCEEDED') return QueryExecutionId ?? '';
    if (State === 'FAILED' || State === 'CANCELLED') {
      throw new UsageError(`Athena could not read the alerts: ${StateChangeReason ?? State}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
