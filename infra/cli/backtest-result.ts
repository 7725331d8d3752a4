/** What `npm run backtest` tells the program that has started it: its progress over the IPC channel, and `--json`. */
import { z } from 'zod';
import { queryDollars } from './athena-price.ts';

/** How often each query of a backtest scans its span of the lake, at most: all, how many, and the readings. */
const SCANS = [1, 2, 2];

/** The most that a backtest of so many bytes costs on AWS. */
export const mostDollars = (bytes: number): number =>
  SCANS.reduce((sum, times) => sum + queryDollars(times * bytes), 0);

const BACKTEST_PHASES = ['asks the lake', 'reads', 'replays'] as const;

/** `done` of `total` readings; both are 0 where nobody knows. */
export const backtestProgressSchema = z.object({
  phase: z.enum(BACKTEST_PHASES),
  done: z.number(),
  total: z.number(),
});
export type BacktestProgress = z.infer<typeof backtestProgressSchema>;

const incidentSchema = z.object({
  rule: z.string(),
  metric: z.string().nullable(),
  device_id: z.string(),
  site_id: z.string(),
  severity: z.string(),
  started_at: z.string(),
  fired_at: z.string(),
  ended_at: z.string().nullable(),
  seen_until: z.string(),
  peak: z.number(),
  emails: z.number(),
});
const versusSchema = z.object({ candidate: z.number(), inForce: z.number() });

/** The parts of `--json` that programs of ours read. */
export const backtestResultSchema = z.object({
  history: z.object({
    readings: z.number(),
    devices: z.number(),
    from: z.string(),
    to: z.string(),
    scannedBytes: z.number().optional(),
  }),
  comparison: z.object({
    same: z.number(),
    changed: z.array(z.object({ after: incidentSchema, before: z.array(incidentSchema) })),
    added: z.array(incidentSchema),
    gone: z.array(incidentSchema),
    emails: versusSchema,
    perRule: z.array(z.object({ rule: z.string(), incidents: versusSchema, emails: versusSchema })),
  }),
  notices: z.array(z.string()),
});
export type BacktestResult = z.infer<typeof backtestResultSchema>;
export type BacktestIncident = z.infer<typeof incidentSchema>;
