/** What is in the lake: Parquet and error objects, read with a library that the pipeline does not use. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AsyncBuffer, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { z } from 'zod';
import { keyOf } from './send-log.ts';

export interface AlertRow {
  notificationId: string;
  incidentId: string;
  status: string;
  rule: string;
  deviceId: string;
  /** Event time of the transition, ms since the epoch. */
  atMs: number;
}

export interface Lake {
  /** Rows of each reading. */
  readings: Map<string, number>;
  /** Rows of the table `alerts`, of what was told. */
  alerts: AlertRow[];
  /** Its rows of what a silence kept from people. */
  silenced: AlertRow[];
  /** Readings whose bytes are under the error prefix, and the number of malformed lines there. */
  inErrors: Map<string, number>;
  malformed: number;
}

/** Files in a folder and below, none if it is missing; names that begin with a dot are still being written. */
export function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** @param bucket the folder that is the lake's bucket */
export async function readLake(bucket: string): Promise<Lake> {
  const readings = new Map<string, number>();
  for await (const row of rowsOf(join(bucket, 'readings'), ['device_id', 'seq'])) {
    count(readings, keyOf(String(row.device_id), String(row.seq)));
  }
  const columns = ['notification_id', 'incident_id', 'status', 'rule', 'device_id', 'at', 'silenced_by'];
  const rows: Record<string, unknown>[] = [];
  for await (const row of rowsOf(join(bucket, 'alerts'), columns)) rows.push(row);
  const isSilenced = ({ silenced_by }: Record<string, unknown>) => typeof silenced_by === 'string';
  const alerts = rows.filter((row) => !isSilenced(row)).map(toAlertRow);
  const silenced = rows.filter(isSilenced).map(toAlertRow);
  const inErrors = new Map<string, number>();
  let malformed = 0;
  for (const raw of errorEntries(join(bucket, 'errors'))) {
    const key = readingKey(raw);
    if (key === undefined) malformed += 1;
    else count(inErrors, key);
  }
  return { readings, alerts, silenced, inErrors, malformed };
}

const toAlertRow = (row: Record<string, unknown>): AlertRow => ({
  notificationId: String(row.notification_id),
  incidentId: String(row.incident_id),
  status: String(row.status),
  rule: String(row.rule),
  deviceId: String(row.device_id),
  atMs: Date.parse(String(row.at)),
});

const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);

/** File by file: a lake of millions of rows does not fit into memory as objects. */
async function* rowsOf(folder: string, columns: string[]): AsyncGenerator<Record<string, unknown>> {
  for (const file of filesBelow(folder).filter((name) => name.endsWith('.parquet'))) {
    const { buffer, byteOffset, byteLength } = readFileSync(file);
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    const source: AsyncBuffer = { byteLength, slice: (start, end) => bytes.slice(start, end) };
    yield* await parquetReadObjects({ file: source, columns, compressors });
  }
}

const errorEntry = z.object({ rawData: z.base64() });

function errorEntries(folder: string): string[] {
  return filesBelow(folder)
    .flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean))
    .map((text) => Buffer.from(errorEntry.parse(JSON.parse(text)).rawData, 'base64').toString());
}

/** Everything that makes a line a reading, written independently of the contract. */
const reading = z.object({
  ...{ device_id: z.string().min(1), site_id: z.string().min(1), seq: z.int().min(0) },
  ...{ temperature: z.number(), cpu: z.number(), ram: z.number(), hd: z.number() },
  ...{
    timestamp: z.iso.datetime({ precision: 3 }),
    timestamp_sent: z.string().regex(/^\d{4}-\d\d-\d\d \d\d$/),
  },
});

/** The name of the reading in a line; undefined if it is not a reading. */
export function readingKey(text: string): string | undefined {
  try {
    const parsed = reading.safeParse(JSON.parse(text));
    return parsed.success ? keyOf(parsed.data.device_id, parsed.data.seq) : undefined;
  } catch {
    return undefined;
  }
}
