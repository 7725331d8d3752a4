/** The hour of sending, which a line gets when it leaves. */

/** The line with its hour, as `formatSentHour` writes it. */
export const stamped = (line: string, hour: string): string =>
  `${line.slice(0, -1)},"timestamp_sent":"${hour}"}`;

/** What that adds, in bytes. */
export const STAMP_BYTES = stamped('{}', '2026-01-31 09').length - '{}'.length;
