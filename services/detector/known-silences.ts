/**
 * The silences that people have set, as they were at most some seconds ago. They are read only when there is something to
 * tell: a fleet that is well costs nothing.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Silence } from '../contract/silence-schema.ts';
import { SILENCES_PARTITION } from '../contract/silence-window.ts';
import type { Attributes } from './item.ts';
import { partitionOf, queryAll } from './query-all.ts';
import { logFailures } from './telemetry.ts';

/** A new silence takes effect within 30 s: this, and the time of a batch. */
const READ_EVERY_MS = 20_000;

export interface KnownSilences {
  /** When they cannot be read, what was known before: better told too often than not at all. */
  all(signal?: AbortSignal): Promise<readonly Silence[]>;
}

/** @param now wall clock, ms since the epoch */
export function createKnownSilences(
  client: DynamoDBClient,
  table: string,
  { now, logger }: { now: () => number; logger: () => Logger },
): KnownSilences {
  let known: { silences: readonly Silence[]; readMs: number } = {
    silences: [],
    readMs: Number.NEGATIVE_INFINITY,
  };
  return {
    async all(signal) {
      const nowMs = now();
      if (Math.abs(nowMs - known.readMs) < READ_EVERY_MS) return known.silences;
      try {
        const items = await queryAll(client, partitionOf(table, SILENCES_PARTITION), signal);
        const silences = await readAll(items);
        const unreadable = silences.filter(([, silence]) => silence === undefined).map(([id]) => id);
        if (unreadable.length > 0)
          logger().warn('Silences not readable, and left alone', { ids: unreadable });
        known = { silences: silences.flatMap(([, silence]) => silence ?? []), readMs: nowMs };
      } catch (error) {
        logFailures(logger, 'Silences not read', new Map([['silences', error]]));
      }
      return known.silences;
    },
  };
}

/** By id; undefined for one that cannot be read. What reads them is loaded when there is one. */
async function readAll(items: readonly Attributes[]): Promise<(readonly [string, Silence | undefined])[]> {
  if (items.length === 0) return [];
  const { fromSilenceItem } = await import('../contract/silence-schema.ts');
  return items.map((item) => [item.device_rule?.S ?? '', fromSilenceItem(item)] as const);
}
