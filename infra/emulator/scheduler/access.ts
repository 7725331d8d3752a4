/** What IAM is asked for each operation of EventBridge Scheduler. */
import { arnOf } from '../stack/identities.ts';
import { type AccessTable, type Fields, on, textOf } from '../wire/access.ts';

interface ScheduleCall {
  name: string;
  query: URLSearchParams;
  body: Fields;
}

const scheduleArn = (group: string, name: string) =>
  arnOf('scheduler', `schedule/${group || 'default'}/${name}`);

const onQueried =
  (operation: string) =>
  ({ name, query }: ScheduleCall) =>
    on(`scheduler:${operation}`, scheduleArn(query.get('groupName') ?? '', name));
/** To make a schedule is to give it a role, which is an action of its own. */
const withRole =
  (operation: string) =>
  ({ name, body }: ScheduleCall) => {
    const { RoleArn: role } = (body.Target ?? {}) as Fields;
    return [
      ...on(`scheduler:${operation}`, scheduleArn(textOf(body, 'GroupName'), name)),
      ...(typeof role === 'string' ? on('iam:PassRole', role) : []),
    ];
  };

export const ACCESS: AccessTable<ScheduleCall> = {
  CreateSchedule: withRole('CreateSchedule'),
  UpdateSchedule: withRole('UpdateSchedule'),
  DeleteSchedule: onQueried('DeleteSchedule'),
  GetSchedule: onQueried('GetSchedule'),
  ListSchedules: () => on('scheduler:ListSchedules', '*'),
};
