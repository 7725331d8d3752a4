/** What a schedule says: the same properties in a template and in the API. Bounds and defaults are EventBridge Scheduler's. */
import { z } from 'zod';
import { isTimeZone } from './time-zone.ts';

/** ISO 8601 in a template, seconds since the epoch in the API; ms since the epoch here. */
const moment = z
  .union([
    z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
    z.number().transform((s) => s * 1000),
  ])
  .optional();
const name = z.string().regex(/^[0-9a-zA-Z-_.]{1,64}$/, 'Expected 1 to 64 of letters, digits, - _ and .');

export const scheduleProperties = z.object({
  Name: name.optional(),
  GroupName: name.default('default'),
  Description: z.string().max(512).optional(),
  ScheduleExpression: z.string().min(1).max(256),
  ScheduleExpressionTimezone: z
    .string()
    .refine(isTimeZone, 'Expected the name of a time zone, such as Europe/Berlin')
    .default('UTC'),
  StartDate: moment,
  EndDate: moment,
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  FlexibleTimeWindow: z
    .object({
      Mode: z.enum(['OFF', 'FLEXIBLE']),
      MaximumWindowInMinutes: z.coerce.number().int().min(1).max(1440).optional(),
    })
    .refine(
      ({ Mode, MaximumWindowInMinutes: minutes }) => (Mode === 'FLEXIBLE') === (minutes !== undefined),
      'Expected MaximumWindowInMinutes with the mode FLEXIBLE, and only with it',
    ),
  Target: z.object({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: z.string().min(1).optional(),
    RetryPolicy: z
      .object({
        MaximumEventAgeInSeconds: z.coerce.number().int().min(60).max(86_400).default(86_400),
        MaximumRetryAttempts: z.coerce.number().int().min(0).max(185).default(185),
      })
      .prefault({}),
    DeadLetterConfig: z
      .object({
        Arn: z
          .string()
          .regex(/^arn:[^:]+:sqs:/, 'Expected the ARN of an SQS queue')
          .optional(),
      })
      .optional(),
  }),
});

/** What only the API says. */
export const scheduleRequest = scheduleProperties.extend({
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
});

export type Definition = z.infer<typeof scheduleRequest>;
