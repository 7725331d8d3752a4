/** Where the alerts come from that were really sent: the local runtime, the lake on AWS, or a file. */
import { readFileSync } from 'node:fs';
import {
  AthenaClient,
  GetQueryExecutionCommand,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { z } from 'zod';
import { ALERT_STATUSES } from '../services/contract/alert.ts';
import type { StackOutputs } from '../services/contract/outputs.ts';
import { METRICS } from '../services/contract/reading.ts';
import type { ScoredAlert } from './score.ts';
import { UsageError } from './usage-error.ts';

const scoredAlertSchema = z.object({
  incident_id: z.string(),
  status: z.enum(ALERT_STATUSES),
  device_id: z.string(),
  metric: z.enum(METRICS),
  at: z.iso.datetime(),
});
const COLUMNS = ['incident_id', 'status', 'device_id', 'metric', 'at'] as const;

/** Event times between which alerts are asked for, ISO 8601. */
export interface Span {
  start: string;
  end: string;
}

/** Lines of a text, parsed and checked one by one. @throws UsageError naming the line */
export function parseNdjson<T>(text: string, source: string, schema: z.ZodType<T>): T[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      throw new UsageError(`${source} line ${index + 1}: Expected JSON, got "${line.slice(0, 40)}"`);
    }
    const result = schema.safeParse(json);
    if (result.success) return [result.data];
    const issue = result.error.issues[0];
    throw new UsageError(`${source} line ${index + 1}: ${issue?.path.join('.')}: ${issue?.message}`);
  });
}

export function readNdjson<T>(file: string, schema: z.ZodType<T>): T[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`Cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
  return parseNdjson(text, file, schema);
}

export const alertsFromFile = (file: string): ScoredAlert[] => readNdjson(file, scoredAlertSchema);

/** From the local runtime, which keeps every alert that was published. */
export async function alertsFromRuntime(endpoint: string): Promise<ScoredAlert[]> {
  const url = `${endpoint}/api/alerts`;
  let json: unknown;
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    json = await response.json();
  } catch (cause) {
    const { message } = ((cause as Error).cause ?? cause) as Error;
    throw new UsageError(
      `Cannot read ${url} (${message}). Is the local runtime running? Start it with: npm start`,
      {
        cause,
      },
    );
  }
  const result = z.array(scoredAlertSchema).safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UsageError(`${url}: ${issue?.path.join('.')}: ${issue?.message}`);
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

const POLL_MS = 500;

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
