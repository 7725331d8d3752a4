import { isReading } from '../../../services/contract/reading.ts';
import type { Source } from '../../../simulator/source.ts';
import type { PackedRecord } from '../../../simulator/wire.ts';
import type { FullReading } from '../../support/full-reading.ts';
import { parsed } from '../../support/parsed.ts';

/** Monday, 5 January 2026, 08:00 UTC. */
export const START_MS = Date.UTC(2026, 0, 5, 8);

/** Everything that a source makes, in simulated time only. */
export function drain(source: Source, startMs = START_MS): PackedRecord[] {
  const records: PackedRecord[] = [];
  play(source, (made) => records.push(...made), startMs);
  return records;
}

/** The same for what is counted only: the records of a large fleet need not be kept. */
export function play(
  source: Source,
  take: (records: PackedRecord[]) => void = () => {},
  startMs = START_MS,
): void {
  let lastMs = startMs;
  while (source.nextDueMs !== undefined) {
    lastMs = startMs + source.nextDueMs;
    take(source.poll(startMs, lastMs));
  }
  take(source.finish(lastMs));
}

export const linesOf = (records: readonly PackedRecord[]): string[] =>
  records.flatMap(({ text }) => text.split('\n'));

/** Lines that are readings, in order. Simulated devices have every sensor. */
export const readingsOf = (records: readonly PackedRecord[]): FullReading[] =>
  linesOf(records)
    .map(parsed)
    .filter((line): line is FullReading => isReading(line));

export const byDevice = (readings: readonly FullReading[], deviceId: string): FullReading[] =>
  readings.filter(({ device_id }) => device_id === deviceId);
