import { expect, it } from 'vitest';
import { ALERT_COLUMNS, alertSchema } from '../../../services/contract/alert.ts';

it('an alert has a column for every field, in wire order, each with a description', () => {
  expect(ALERT_COLUMNS.map(({ name }) => name)).toEqual(Object.keys(alertSchema.shape));
  expect(
    ALERT_COLUMNS.filter(({ comment, type }) => comment === '' || !['string', 'double'].includes(type)),
  ).toEqual([]);
});

it('an alert has the hour of sending, by which the lake is partitioned', () => {
  expect(alertSchema.shape.timestamp_sent.safeParse('2026-01-31 09').success).toBe(true);
  expect(alertSchema.shape.timestamp_sent.safeParse('2026-01-31T09').success).toBe(false);
});
