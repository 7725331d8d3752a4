/** Schedules: https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role */
import { z } from 'zod';
import { arnOf } from '../stack/identities.ts';
import { athenaNeeds } from './athena-needs.ts';
import { destinationActions, type NeedsOf, withRole } from './stack-need.ts';

const DOCS = 'https://docs.aws.amazon.com/scheduler/latest/UserGuide';

const schedule = z.object({
  GroupName: z.string().default('default'),
  Target: z.object({
    ...{ Arn: z.string(), RoleArn: z.string(), Input: z.string().optional() },
    DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
  }),
});

const ofSchedule: NeedsOf = ({ logicalId, properties }, stack) => {
  const { GroupName, Target } = schedule.parse(properties);
  const { Arn, RoleArn: roleArn, Input, DeadLetterConfig } = Target;
  const use = { roleArn, service: 'scheduler', source: arnOf('scheduler', `schedule-group/${GroupName}`) };
  const dead = DeadLetterConfig?.Arn;
  const isAthena = Arn.endsWith(':aws-sdk:athena:startQueryExecution');
  return withRole(logicalId, use, [
    [destinationActions(Arn), [Arn], `${DOCS}/setting-up.html`],
    [['sqs:SendMessage'], dead === undefined ? [] : [dead], `${DOCS}/configuring-schedule-dlq.html`],
    ...(isAthena ? athenaNeeds(Input ?? '', stack) : []),
  ]);
};

export const SCHEDULE_NEEDS: Readonly<Record<string, NeedsOf>> = { 'AWS::Scheduler::Schedule': ofSchedule };
