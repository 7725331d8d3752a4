/**
 * Dispatches that have not arrived yet, on disk: as on AWS, an accepted message arrives even if the process ends in
 * between. One NDJSON file: a line when a dispatch is due, and a line when it is done.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import type { OutgoingMail } from '../mailbox/mail.ts';
import { writeFileAtomicSync } from '../state/atomic-file.ts';

const dispatch = z.union([
  z.object({
    subscriptionArn: z.string(),
    mail: z.custom<OutgoingMail>((value) => typeof value === 'object' && value !== null),
  }),
  z.object({
    subscriptionArn: z.string(),
    deliveryStreamArn: z.string(),
    /** The record, base64. */
    record: z.string(),
  }),
]);
const line = z.union([
  z.object({ id: z.string(), due: dispatch }),
  z.object({ id: z.string(), done: z.literal(true) }),
]);

/** A message on its way to one subscription. */
export type Dispatch = z.infer<typeof dispatch>;

export interface DispatchJournal {
  /** Returns the id of the dispatch, which survives a crash from then on. */
  due(dispatch: Dispatch): string;
  done(id: string): void;
  /** Dispatches of an earlier process that were not done, oldest first. */
  readonly left: readonly (readonly [id: string, dispatch: Dispatch])[];
}

/** The file is deleted when nothing is due and it has this many lines. */
const MAX_LINES = 1_000;

export function loadDispatchJournal(file: string): DispatchJournal {
  const pending = new Map<string, Dispatch>();
  for (const text of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    // A line that a crash has truncated was never accepted.
    const entry = parseJson(text, line);
    if (entry === undefined) continue;
    if ('due' in entry) pending.set(entry.id, entry.due);
    else pending.delete(entry.id);
  }
  const left = [...pending];
  let lines = pending.size;
  rewrite();

  function rewrite(): void {
    if (pending.size === 0) {
      rmSync(file, { force: true });
      return;
    }
    const lines = [...pending].map(([id, due]) => `${JSON.stringify({ id, due })}\n`);
    writeFileAtomicSync(file, lines.join(''));
  }

  function append(entry: z.input<typeof line>): void {
    appendFileSync(file, `${JSON.stringify(entry)}\n`);
    lines += 1;
  }

  return {
    left,
    due(due) {
      const id = randomUUID();
      append({ id, due });
      pending.set(id, due);
      return id;
    },
    done(id) {
      pending.delete(id);
      append({ id, done: true });
      if (pending.size > 0 || lines < MAX_LINES) return;
      rewrite();
      lines = 0;
    },
  };
}
