/**
 * Notifications that are published and could not be marked yet, by their ids: a retry in this environment must not
 * repeat them. What another environment marks instead never comes again here, so only the newest are remembered.
 */
import type { StoredIncident } from './stored-incident.ts';

/** Some 100 bytes each. */
const MOST = 10_000;

export class Published {
  readonly #ids = new Set<string>();
  readonly #most: number;

  constructor(most = MOST) {
    this.#most = most;
  }

  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** What is in no outbox needs no mark. @param found all whose outboxes are to be marked */
  add(ids: Iterable<string>, found: readonly StoredIncident[]): void {
    const inOutboxes = new Set(found.flatMap(idsIn));
    for (const id of ids) if (inOutboxes.has(id)) this.#ids.add(id);
  }

  marked(item: StoredIncident): void {
    for (const id of idsIn(item)) this.#ids.delete(id);
  }

  /** After all are marked that can be: before that, each of them is needed. */
  forgetOldest(): void {
    for (const id of this.#ids) {
      if (this.#ids.size <= this.#most) return;
      this.#ids.delete(id);
    }
  }
}

const idsIn = ({ outbox }: StoredIncident): string[] => outbox.map(({ notification_id }) => notification_id);
