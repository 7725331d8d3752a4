import { expect, it } from 'vitest';
import { fromLocalTimes } from '../../../../infra/cli/series/local-times.ts';

it.each([
  ['Europe/Berlin', '2026-01-31T09:30:00', '2026-01-31T08:30:00'],
  ['Europe/Berlin', '2026-07-31T09:30:00', '2026-07-31T07:30:00'],
  // Skipped in spring: an hour later. Twice in autumn: the first.
  ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00'],
  ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00'],
  ['America/Sao_Paulo', '2026-01-31T21:30:00', '2026-02-01T00:30:00'],
  ['Asia/Kolkata', '2026-01-31T09:30:01', '2026-01-31T04:00:01'],
  ['UTC', '2026-01-31T09:30:00', '2026-01-31T09:30:00'],
])('in %s the clocks show %s at %s UTC', (zone, local, utc) => {
  expect(new Date(fromLocalTimes(zone)(Date.parse(`${local}Z`))).toISOString().slice(0, 19)).toBe(utc);
});
