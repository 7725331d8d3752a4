/** The open incidents of a stack elsewhere, read again after some time, and never twice at once. */
import type { OpenIncident } from '../../cli/incidents/open-incident.ts';
import type { WatchedItem, WatchedTable } from '../console/server/state-watch.ts';

/** Every look reads the state table. */
const LOOK_MS = 10_000;

export function createStateLook(read: () => Promise<OpenIncident[]>): () => Promise<WatchedTable> {
  let known: WatchedTable | undefined;
  let signature = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (known && performance.now() - readAt < LOOK_MS) return known;
    readAt = performance.now();
    const open = await read();
    const now = JSON.stringify(open);
    if (!known || now !== signature)
      known = { items: open.map(toItem), isWhole: true, revision: (known?.revision ?? 0) + 1 };
    signature = now;
    return known;
  };
}

const toItem = ({ untold: _, sent_from: __, ...incident }: OpenIncident): WatchedItem => ({
  ...incident,
  outbox: [],
});
