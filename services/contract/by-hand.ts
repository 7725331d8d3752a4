/**
 * What a person on call writes on the item of an open incident, in the state table. A command does so by UpdateItem,
 * which also raises `version`, on condition that the incident is open: the detector, which writes by version, then reads
 * the item again and keeps it.
 */

/** Partition of the state table with what waits for the watchdog. No site can be called so. */
export const WAITING_PARTITION = '#waiting';

/** Both are maps of the texts of a {@link ByHand}. */
export const BY_HAND = {
  /** Somebody takes care: no reminders. */
  acknowledged: 'acknowledged',
  /** Somebody wants it ended: by the detector's next work on the site, or within a minute by the watchdog. */
  closeRequested: 'close_requested',
} as const;

/** Characters: an outbox has room for so many alerts of 2 KB. */
export const MAX_COMMENT = 500;
/** Of a name. */
export const MAX_BY = 80;

/** States of an incident in which it can be acknowledged and closed. */
export const OPEN_STATES = ['firing', 'recovering'] as const;

export interface ByHand {
  by: string;
  /** ISO 8601 UTC, ms. */
  at: string;
  comment?: string | undefined;
}

/** A {@link ByHand} as an attribute of DynamoDB. */
export const byHandAttribute = ({ by, at, comment }: ByHand) => ({
  M: {
    by: { S: by },
    at: { S: at },
    ...(comment !== undefined && { comment: { S: comment } }),
  },
});

/**
 * The item by which the watchdog finds a close request of a site that says nothing, for PutItem after the request itself.
 * Not needed for an incident of a whole site: the watchdog looks at those anyway.
 */
export const closingItem = (siteId: string, nowMs: number) => ({
  site_id: { S: WAITING_PARTITION },
  device_rule: { S: `close#${siteId}` },
  listed: { N: String(nowMs) },
});
