/**
 * The sparse index of the state table that lists how far every site has come: only items with the attribute `presence`
 * are in it, one for each site. services/detector/presence.ts says what is in them.
 */
export const PRESENCE_INDEX = {
  name: 'fronts',
  partitionKey: 'presence',
  sortKey: 'site_id',
  /** Besides the keys. */
  projected: ['front', 'devices'],
} as const;
