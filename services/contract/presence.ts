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

/**
 * Partition of the state table with the incidents of whole sites. No site can be called so. The sort key names the site
 * where that of another incident names the device.
 */
export const SITES_PARTITION = '#sites';
