/**
 * What a channel was sent: an item of the notifier's table for each request. The notifier writes it so that nothing is
 * sent twice; who is on call reads it to see who was told of an incident, and how the channel answered.
 */
import * as z from 'zod/mini';
import { ALERT_STATUSES, type AlertStatus } from './alert.ts';
import { CHANNEL_KINDS, type ChannelKind } from './channel.ts';

export interface SentNote {
  channel: string;
  kind: ChannelKind;
  /** Of the alerts in it. */
  status: AlertStatus;
  /** How many incidents it is about: more than one for a digest. */
  incidents: number;
  /** ISO 8601 UTC: when it was tried last. */
  at: string;
  /** How often it was tried. */
  attempts: number;
  isSent: boolean;
  /** Of the channel, such as `answered 503`; missing while it is being sent. */
  answer?: string;
}

const text = z.object({ S: z.string() });
const number = z.object({ N: z.string() });
const itemSchema = z.object({
  id: text,
  sent: z.object({ BOOL: z.boolean() }),
  kind: z.object({ S: z.enum(CHANNEL_KINDS) }),
  told: z.object({ S: z.enum(ALERT_STATUSES) }),
  incidents: z.object({ SS: z.array(z.string()) }),
  tried_at: number,
  attempts: number,
  answer: z.optional(text),
});

/** Attributes that {@link sentNoteOf} reads. */
export const SENT_ATTRIBUTES = Object.keys(itemSchema.shape);

/** Id of an item. A channel's name has no `#`. */
export const sentId = (channel: string, request: string): string => `${channel}#${request}`;

/** Undefined for an item that says too little, as those of earlier versions do. */
export function sentNoteOf(item: unknown): SentNote | undefined {
  const parsed = itemSchema.safeParse(item).data;
  if (parsed === undefined) return undefined;
  const { id, sent, kind, told, incidents, tried_at, attempts, answer } = parsed;
  return {
    ...{ channel: id.S.slice(0, id.S.indexOf('#')), kind: kind.S, status: told.S },
    incidents: incidents.SS.length,
    at: new Date(Number(tried_at.N)).toISOString(),
    ...{ attempts: Number(attempts.N), isSent: sent.BOOL },
    ...(answer && { answer: answer.S }),
  };
}
