/** The table of models: items as DynamoDB would have them, conditional writes, and faults on demand. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { VersionConflict } from '../../../../services/detector/incident-store.ts';
import { fromModelItem, toModelItem } from '../../../../services/detector/model-item.ts';
import type { ModelStore } from '../../../../services/detector/model-store.ts';

export interface ModelTable extends ModelStore {
  readonly items: Map<string, Record<string, AttributeValue>>;
  readonly counts: { reads: number; writes: number; conflicts: number };
  /** Makes the next writes fail. */
  failing: boolean;
}

export function modelTable(): ModelTable {
  const items = new Map<string, Record<string, AttributeValue>>();
  const counts = { reads: 0, writes: 0, conflicts: 0 };
  return {
    ...{ items, counts, failing: false },
    async site(siteId) {
      counts.reads += 1;
      return [...items.values()]
        .filter(({ site_id }) => site_id?.S === siteId)
        .flatMap((item) => fromModelItem(item) ?? [])
        .sort((a, b) => a.number - b.number);
    },
    async save(siteId, chunk) {
      if (this.failing) throw new Error('ProvisionedThroughputExceededException');
      const key = `${siteId}/${chunk.number}`;
      if (Number(items.get(key)?.version?.N ?? 0) !== chunk.version) {
        counts.conflicts += 1;
        throw new VersionConflict(key);
      }
      const next = { ...chunk, version: chunk.version + 1 };
      items.set(key, toModelItem(siteId, next, 0));
      counts.writes += 1;
      return next;
    },
  };
}

/** What the table knows, without how often it was written. */
export const knownTo = ({ items }: ModelTable) =>
  [...items].map(([key, { version: _, ...item }]) => [key, item]);
