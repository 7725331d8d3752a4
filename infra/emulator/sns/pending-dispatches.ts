/**
 * What Publish has promised and has not arrived yet, on disk: as on AWS, a message that was accepted arrives, whatever
 * ends in between. One NDJSON file: a line when a dispatch is due, and one when it is done.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { OutgoingMail } from './envelope.ts';

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

/** One message on its way to one subscription. */
export type Dispatch = z.infer<typeof dispatch>;

export interface DispatchJournal {
  /** Survives a crash of the process when it returns; gives the id. */
  due(dispatch: Dispatch): string;
  done(id: string): void;
  /** Those of an earlier run that were not done, oldest first. */
  readonly left: readonly (readonly [id: string, dispatch: Dispatch])[];
}

/** The file starts afresh when nothing is due and it has grown to this, in lines. */
const MAX_LINES = 1_000;

export function loadDispatchJournal(file: string): DispatchJournal {
  const pending = new Map<string, Dispatch>();
  for (const text of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const entry = parse(text);
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
    const text = [...pending].map(([id, due]) => `${JSON.stringify({ id, due })}\n`).join('');
    writeFileSync(`${file}.tmp`, text);
    renameSync(`${file}.tmp`, file);
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

/** A line that a crash has cut was never promised. */
function parse(text: string): z.infer<typeof line> | undefined {
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
