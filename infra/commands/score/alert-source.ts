/** Alerts that were really sent: those of the local runtime, or from a file. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ALERT_STATUSES } from '../../../services/contract/alert.ts';
import { METRICS } from '../../../services/contract/reading.ts';
import { UsageError } from '../../../simulator/cli/usage-error.ts';
import type { ScoredAlert } from './match.ts';

/** What scoring needs of an alert, checked. */
export const scoredAlertSchema = z.object({
  incident_id: z.string(),
  status: z.enum(ALERT_STATUSES),
  device_id: z.string(),
  metric: z.enum(METRICS),
  at: z.iso.datetime(),
});
/** Lines of a text, parsed and checked one by one. @throws UsageError naming the line */
export function parseNdjson<T>(text: string, source: string, schema: z.core.$ZodType<T>): T[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      throw new UsageError(`${source} line ${index + 1}: Expected JSON, got "${line.slice(0, 40)}"`);
    }
    const result = z.safeParse(schema, json);
    if (result.success) return [result.data];
    const issue = result.error.issues[0];
    throw new UsageError(`${source} line ${index + 1}: ${issue?.path.join('.')}: ${issue?.message}`);
  });
}

export function readNdjson<T>(file: string, schema: z.core.$ZodType<T>): T[] {
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
