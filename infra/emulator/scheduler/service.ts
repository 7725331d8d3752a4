import { SetupError } from '../base/setup-error.ts';
import { iam } from '../iam/service.ts';
import { lambda } from '../lambda/service.ts';
import { callApiAt } from '../stack/call-api.ts';
import { arnOf, type Identity, named, nameOf, type Subject } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import { sendToQueueAt } from '../stack/send-to-queue.ts';
import type { Service } from '../stack/service.ts';
import { AwsError } from '../wire/aws-error.ts';
import { createSchedulerApi } from './api.ts';
import { scheduleProperties } from './definition.ts';
import { Schedules } from './schedules.ts';

const SCHEDULE = 'AWS::Scheduler::Schedule';
const GROUP = 'AWS::Scheduler::ScheduleGroup';

export const scheduler: Service<void> = {
  name: 'scheduler',
  types: {
    [SCHEDULE]: { identity: scheduleIdentity, obeys: pathsOf(scheduleProperties) },
    [GROUP]: {
      identity: named('Name', (name) => arnOf('scheduler', `schedule-group/${name}`)),
      obeys: ['Name'],
    },
  },
  refusals: {
    throttle: ['ThrottlingException', 429, 'Rate exceeded'],
    unavailable: ['InternalServerException', 503, 'The service is temporarily unavailable.'],
    'internal-error': [
      'InternalServerException',
      500,
      'Unexpected error encountered while processing the request.',
    ],
  },
  open({ resources, endpoint, bus, clock, of, serve, onDrain, onClose }) {
    const { use, invokeLater } = of(lambda);
    const schedules = new Schedules({
      clock,
      groups: resources(GROUP).map(({ ref }) => ref),
      arnOf: (path) => arnOf('scheduler', `schedule/${path}`),
      callApi: callApiAt(endpoint),
      sendToQueue: sendToQueueAt(endpoint),
      invokeLater(functionArn, payload, actor) {
        const fn = use(functionArn);
        actor.check({ action: 'lambda:InvokeFunction', resource: fn.arn });
        invokeLater(fn, payload);
      },
      actorOf: (roleArn, group) =>
        // Trust is given to groups: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        of(iam).asRole({
          roleArn,
          service: 'scheduler',
          source: arnOf('scheduler', `schedule-group/${group}`),
        }),
      warn: bus.warn,
    });
    onDrain(() => schedules.stop());
    onClose(() => schedules.stop());
    for (const { ref, logicalId, properties } of resources(SCHEDULE)) {
      const definition = scheduleProperties.parse(properties);
      // Opened now, so that a function that cannot run is an error at the start.
      if (definition.Target.Arn.split(':')[2] === 'lambda') use(definition.Target.Arn);
      orSetupError(logicalId, () => schedules.add(ref, { ...definition, ActionAfterCompletion: 'NONE' }));
    }
    serve(createSchedulerApi(schedules));
  },
};

/** Its ARN names its group, whose name is known here only where the template writes it down. */
function scheduleIdentity(subject: Subject): Identity {
  const name = nameOf(subject, 'Name');
  const { GroupName = 'default' } = subject.properties;
  if (typeof GroupName !== 'string') return { ref: name, attributes: {} };
  return { ref: name, attributes: { Arn: arnOf('scheduler', `schedule/${GroupName}/${name}`) } };
}

function orSetupError(logicalId: string, add: () => unknown): void {
  try {
    add();
  } catch (cause) {
    if (!(cause instanceof RangeError) && !(cause instanceof AwsError)) throw cause;
    throw new SetupError(`The template's schedule ${logicalId} cannot run here: ${cause.message}`, { cause });
  }
}
