/** Raw files as Firehose leaves them, and the trusted layer's table over the same bucket. */
import { parseTable } from '../../../../../../infra/emulator/glue/catalog.ts';
import { trustedTable } from '../../../../../../infra/local/trusted-table.ts';
import { formatSentHour } from '../../../../../../services/contract/reading.ts';
import { DATABASE, type Harness, READINGS } from '../../support/harness.ts';

export const NOW = Date.parse('2026-11-22T12:00:00Z');
export const TABLES = [READINGS, parseTable(trustedTable(DATABASE, 'bucket'))];

export interface RawReading {
  device: string;
  site?: string;
  seq: number | null;
  /** Text as stored in the lake; ms since the epoch become ISO 8601. */
  made: number | string;
  /** Ms since the epoch: decides the partition. */
  sent: number;
  temperature?: number;
}

let files = 0;

/** One file per hour of sending. */
export async function writeRaw(harness: Harness, readings: RawReading[]): Promise<void> {
  const hours = new Map<string, RawReading[]>();
  for (const reading of readings) {
    const hour = formatSentHour(reading.sent);
    hours.set(hour, [...(hours.get(hour) ?? []), reading]);
  }
  for (const [hour, rows] of hours) {
    const values = rows.map(({ device, site = 'site-1', seq, made, temperature = 20.5 }) => {
      const time = typeof made === 'number' ? new Date(made).toISOString() : made;
      return `('${device}', '${site}', ${seq}::BIGINT, ${temperature}::DOUBLE, 1::DOUBLE, 2::DOUBLE, 3::DOUBLE, '${time}', '${hour}')`;
    });
    const names = 'device_id, site_id, seq, temperature, cpu, ram, hd, "timestamp", timestamp_sent';
    const folder = `readings/dt=${hour.slice(0, 10)}/hour=${hour.slice(11)}`;
    await harness.write(
      `${folder}/file-${files++}.parquet`,
      `SELECT * FROM (VALUES ${values.join(', ')}) AS raw(${names})`,
    );
  }
}
