/**
 * Dispatches that have not arrived yet, on disk: as on AWS, an accepted message arrives even if the process ends in
 * between. One NDJSON file: a line when a dispatch is due, and a line when it is done.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import type { OutgoingMail } from '../mailbox/mail.ts';
import { EntryFile, readEntries, removeEntries, splitLines } from '../state/entry-file.ts';
import type { Notice } from './notice.ts';
import { PROGRAM_PROTOCOLS } from './protocols.ts';

const dispatch = z.union([
  z.object({
    subscriptionArn: z.string(),
    mail: z.custom<OutgoingMail>((value) => typeof value === 'object' && value !== null),
  }),
  z.object({
    subscriptionArn: z.string(),
    deliveryStreamArn: z.string(),
    /** With which SNS writes to it. */
    roleArn: z.string().optional(),
    /** The record, base64. */
    record: z.string(),
  }),
  z.object({
    subscriptionArn: z.string(),
    /** What a program gets; it is signed when it is sent. */
    notice: z.custom<Notice>((value) => typeof value === 'object' && value !== null),
    protocol: z.enum(PROGRAM_PROTOCOLS),
    endpoint: z.string(),
    raw: z.boolean(),
    signatureVersion: z.enum(['1', '2']),
    deliveryPolicy: z.string().optional(),
    /** The queue for what is given up. */
    deadLetterArn: z.string().optional(),
    /** It was given up, and is on its way to that queue. */
    isDeadLetter: z.boolean().optional(),
  }),
]);
const line = z.union([
  z.object({ id: z.string(), due: dispatch }),
  z.object({ id: z.string(), done: z.literal(true) }),
]);

/** A message on its way to one subscription. */
export type Dispatch = z.infer<typeof dispatch>;
export type ProgramDispatch = Extract<Dispatch, { notice: Notice }>;

interface DispatchJournal {
  /** Returns the ids of the dispatches, which survive a crash from then on: all of them, or none if this throws. */
  due(dispatches: readonly Dispatch[]): string[];
  /** Never throws: what cannot be noted now is noted with the next entry. */
  done(id: string): void;
  /** Dispatches of an earlier process that were not done, oldest first. */
  readonly left: readonly (readonly [id: string, dispatch: Dispatch])[];
  /** Lines that are damaged: each was a dispatch that may not have been done, or the end of one that may be repeated. */
  readonly lost: number;
}

/** The file is deleted when nothing is due and it has this many lines. */
const MAX_LINES = 1_000;

export function loadDispatchJournal(path: string): DispatchJournal {
  const pending = new Map<string, Dispatch>();
  const { entries, lost } = readEntries(path, splitLines);
  for (const text of entries) {
    const entry = parseJson(text.toString(), line);
    if (entry === undefined) continue;
    if ('due' in entry) pending.set(entry.id, entry.due);
    else pending.delete(entry.id);
  }
  const left = [...pending];
  let file = new EntryFile(path);
  let lines = pending.size;
  let unwritten: z.input<typeof line>[] = [];
  rewrite();

  function rewrite(): void {
    if (pending.size === 0) {
      removeEntries(path);
      file = new EntryFile(path);
    } else file.replace([...pending].map(([id, due]) => toLine({ id, due })));
  }

  function append(...entries: z.input<typeof line>[]): void {
    const all = [...unwritten, ...entries];
    file.append(all.map(toLine));
    unwritten = [];
    lines += all.length;
  }

  return {
    left,
    lost,
    due(dispatches) {
      if (dispatches.length === 0) return [];
      const entries = dispatches.map((due) => ({ id: randomUUID(), due }));
      append(...entries);
      for (const { id, due } of entries) pending.set(id, due);
      return entries.map(({ id }) => id);
    },
    done(id) {
      pending.delete(id);
      try {
        append({ id, done: true });
        if (pending.size > 0 || lines < MAX_LINES) return;
        rewrite();
        lines = 0;
      } catch {
        unwritten.push({ id, done: true });
      }
    },
  };
}

const toLine = (entry: z.input<typeof line>) => Buffer.from(`${JSON.stringify(entry)}\n`);
