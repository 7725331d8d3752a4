interface Named {
  site_id: string;
  device_id: string;
}

/** Ids are ASCII in a fixed form, so comparing code units is enough. */
export function byDevice(a: Named, b: Named): number {
  if (a.site_id !== b.site_id) return a.site_id < b.site_id ? -1 : 1;
  return a.device_id === b.device_id ? 0 : a.device_id < b.device_id ? -1 : 1;
}
