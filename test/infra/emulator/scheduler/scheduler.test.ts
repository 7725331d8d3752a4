import { describe, expect, it, vi } from 'vitest';
import type { RuntimeEvent } from '../../../../infra/emulator/base/events.ts';
import { resourceRows, withoutEffect } from '../../../../infra/emulator/registry.ts';
import { scheduleProperties } from '../../../../infra/emulator/scheduler/definition.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { emulate } from '../support/emulate.ts';

const arn = (Resource: string) => ({ 'Fn::GetAtt': [Resource, 'Arn'] });
const OFF = { FlexibleTimeWindow: { Mode: 'OFF' } };
const QUEUES = {
  Orders: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } },
  Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } },
};

const schedule = (expression: string, target: object = {}, more: object = {}) => ({
  Type: 'AWS::Scheduler::Schedule',
  Properties: {
    ...{ ScheduleExpression: expression, ...OFF, ...more },
    Target: { Arn: arn('Orders'), RoleArn: 'role', Input: '<aws.scheduler.scheduled-time>', ...target },
  },
});

/** The clock begins at 2026-01-31 09:30 UTC. */
async function open(resources: object, assets = {}) {
  const clock = new VirtualClock();
  const emulator = await emulate({ Resources: { ...QUEUES, ...resources } }, assets, { clock });
  const warnings: string[] = [];
  emulator.bus.on('event', (event: RuntimeEvent) => {
    if (event.type === 'notice' && event.level !== 'info') warnings.push(event.text);
  });
  interface Message {
    Body: string;
    MessageAttributes?: Record<string, { StringValue: string }>;
  }
  const received = async (queue: string): Promise<Message[]> => {
    const QueueUrl = `${emulator.endpoint}/000000000000/${queue}`;
    // What was received once does not come again.
    const once = { MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 };
    const request = { QueueUrl, ...once, MessageAttributeNames: ['All'] };
    const { Messages = [] } = await emulator.call<{ Messages?: Message[] }>('sqs', 'ReceiveMessage', request);
    return Messages;
  };
  return {
    ...{ clock, emulator, warnings },
    received,
    /** Waits until a queue has given as many messages. */
    async bodies(queue: string, count: number): Promise<string[]> {
      const all: string[] = [];
      await vi.waitFor(async () => {
        all.push(...(await received(queue)).map(({ Body }) => Body));
        expect(all).toHaveLength(count);
      });
      return all;
    },
    async api(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
      const authorization =
        'AWS4-HMAC-SHA256 Credential=local/20260131/us-east-1/scheduler/aws4_request, Signature=0';
      const response = await fetch(`${emulator.endpoint}${path}`, {
        ...{ method, headers: { authorization, 'content-type': 'application/json' } },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
    },
  };
}

it('a schedule names a time zone that exists, whether its expression needs one or not', () => {
  const zone = (ScheduleExpressionTimezone: string) =>
    scheduleProperties.safeParse({
      ...{ ScheduleExpression: 'rate(5 minutes)', ScheduleExpressionTimezone },
      ...{ FlexibleTimeWindow: { Mode: 'OFF' }, Target: { Arn: 'a', RoleArn: 'r' } },
    });
  expect([zone('Asia/Tokyo').success, zone('UTC').success]).toEqual([true, true]);
  for (const name of ['Mars/Olympus', '', 'UTC+25']) expect(zone(name).success).toBe(false);
});

describe('schedules of a template', () => {
  it('run at their times, and say in the input when that was', async () => {
    const Name = 'Nightly';
    const { clock, bodies, emulator } = await open({
      Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'jobs' } },
      Often: schedule('rate(10 minutes)', { Input: 'often' }),
      Nightly: schedule(
        'cron(0 2 * * ? *)',
        {
          Input: '<aws.scheduler.scheduled-time> <aws.scheduler.schedule-arn> <aws.scheduler.attempt-number>',
        },
        { Name, GroupName: { Ref: 'Group' }, ScheduleExpressionTimezone: 'Asia/Tokyo' },
      ),
      Off: schedule('rate(1 minute)', { Input: 'off' }, { State: 'DISABLED' }),
    });
    expect(await bodies('orders', 1)).toEqual(['often']);
    await clock.advance(10 * 60_000);
    expect(await bodies('orders', 1)).toEqual(['often']);

    // 02:00 in Tokyo is 17:00 UTC.
    clock.stepWall(7 * 3_600_000);
    await clock.advance(20 * 60_000);
    expect((await bodies('orders', 3)).sort()).toEqual([
      '2026-01-31T17:00:00Z arn:aws:scheduler:us-east-1:000000000000:schedule/jobs/Nightly 1',
      ...['often', 'often'],
    ]);
    expect(resourceRows(emulator.stack).map(({ mode }) => mode)).toEqual(Array(6).fill('local'));
    const nightly = emulator.stack.resources.find(({ ref }) => ref === Name);
    expect(nightly && withoutEffect(nightly)).toEqual([]);
  });

  it('run once for all the times that a sleeping machine has missed', async () => {
    const { clock, bodies, received } = await open({ Hourly: schedule('cron(0 * * * ? *)') });
    clock.stepWall(5 * 3_600_000);
    await clock.advance(60_000);
    expect(await bodies('orders', 1)).toEqual(['2026-01-31T14:00:00Z']);
    // Set back, the clock shows them again; they are over.
    clock.stepWall(-3 * 3_600_000);
    await clock.advance(2 * 3_600_000);
    expect(await received('orders')).toEqual([]);
  });

  it('run within their flexible window', async () => {
    const FlexibleTimeWindow = { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 };
    const { clock, bodies } = await open({
      Loose: schedule('cron(0 10 * * ? *)', {}, { FlexibleTimeWindow }),
    });
    await clock.advance(60 * 60_000);
    expect(await bodies('orders', 1)).toEqual(['2026-01-31T10:00:00Z']);
  });

  it.each([
    [{ MaximumRetryAttempts: 2 }, 'MaximumRetryAttempts', /^2$/],
    [{ MaximumEventAgeInSeconds: 60 }, 'MaximumEventAgeInSeconds', /^[3-9]$/],
  ])('repeat a call that is refused, and give it up after %j', async (RetryPolicy, condition, retries) => {
    const policy = { RetryPolicy, DeadLetterConfig: { Arn: arn('Dead') } };
    const Arn = 'arn:aws:scheduler:::aws-sdk:athena:startQueryExecution';
    const Input = JSON.stringify({
      QueryString: 'SELECT 1',
      WorkGroup: 'none <aws.scheduler.attempt-number>',
    });
    const { clock, received, warnings } = await open({
      Broken: schedule('at(2026-01-31T09:31:00)', { ...policy, Arn, Input }),
    });
    let [dead] = await received('dead');
    await vi.waitFor(async () => {
      await clock.advance(10_000);
      [dead] = await received('dead');
      expect(dead).toBeDefined();
    });
    const attributes = Object.fromEntries(
      Object.entries(dead?.MessageAttributes ?? {}).map(([key, { StringValue }]) => [key, StringValue]),
    );
    expect(attributes).toEqual({
      ERROR_CODE: 'InvalidRequestException',
      ERROR_MESSAGE: expect.stringContaining('none'),
      EXECUTION_ID: expect.any(String),
      EXHAUSTED_RETRY_CONDITION: condition,
      IS_PAYLOAD_TRUNCATED: 'false',
      RETRY_ATTEMPTS: expect.stringMatching(retries),
      SCHEDULED_TIME: '2026-01-31T09:31:00Z',
      SCHEDULE_ARN: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/Shop-Broken',
      TARGET_ARN: Arn,
    });
    const attempts = String(Number(attributes.RETRY_ATTEMPTS) + 1);
    expect(dead?.Body).toBe(Input.replace('<aws.scheduler.attempt-number>', attempts));
    expect(warnings).toEqual([expect.stringContaining('could not call its target: InvalidRequestException')]);
  });

  it('that cannot run are an error at the start', async () => {
    const refused = (resource: object) => expect(open({ Bad: resource })).rejects;
    await refused(schedule('every day')).toThrow('schedule Bad cannot run here: Expected rate(…)');
    await refused(schedule('rate(1 day)', { Arn: 'arn:aws:states:us-east-1:1:stateMachine:x' })).toThrow(
      'a Lambda function, an SQS queue',
    );
    await refused(schedule('rate(1 day)', { Arn: 'arn:aws:lambda:us-east-1:1:function:x' })).toThrow(
      'no function',
    );
    await refused(schedule('rate(1 day)', {}, { GroupName: 'nowhere' })).toThrow(
      'group nowhere does not exist',
    );
    const Arn = 'arn:aws:scheduler:::aws-sdk:athena:startQueryExecution';
    await refused(schedule('rate(1 day)', { Arn, Input: 'SELECT' })).toThrow('a JSON object');
    await refused(schedule('rate(1 day)', {}, { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } })).toThrow(
      'MaximumWindowInMinutes',
    );
  });
});

describe('a function as the target', () => {
  const CODE = {
    'index.mjs':
      "export const handler = async (event) => { console.log('tick', event.at); if (event.fail) throw new Error('no'); };",
  };
  const fn = {
    Type: 'AWS::Lambda::Function',
    Properties: {
      ...{ Code: { S3Key: 'code.zip' }, Handler: 'index.handler', Runtime: 'nodejs22.x', Role: 'r' },
      // Virtual minutes pass while a thread starts. One environment: what was accepted first is over first.
      ...{ Timeout: 900, ReservedConcurrentExecutions: 1 },
    },
  };

  it('is invoked asynchronously, again when it fails, and listed as running', async () => {
    const { clock, emulator, warnings } = await open(
      {
        Ticker: fn,
        Settings: {
          Type: 'AWS::Lambda::EventInvokeConfig',
          Properties: { FunctionName: { Ref: 'Ticker' }, Qualifier: '$LATEST', MaximumRetryAttempts: 1 },
        },
        Minutely: schedule('cron(* * * * ? *)', {
          Arn: arn('Ticker'),
          Input: '{"at":"<aws.scheduler.scheduled-time>"}',
        }),
        Failing: schedule('at(2026-01-31T09:31:00)', {
          Arn: arn('Ticker'),
          Input: '{"at":"bad","fail":true}',
        }),
      },
      { code: CODE },
    );
    const ticks: string[] = [];
    emulator.bus.on('log', (line) => {
      const at = /tick (\S+)/.exec(line)?.[1];
      if (at) ticks.push(at);
    });
    expect(resourceRows(emulator.stack).find(({ name }) => name === 'Ticker')?.mode).toBe('local');
    const attempts = () => ticks.filter((one) => one === 'bad').length;
    for (const minute of ['31', '32']) {
      await clock.advance(60_000);
      await vi.waitFor(() => expect(ticks).toContain(`2026-01-31T09:${minute}:00Z`));
    }
    // By now the first failure is known, and the minute after it is over.
    await clock.advance(60_000);
    await vi.waitFor(() => expect(warnings).toEqual([expect.stringContaining('failed 2 times: Error: no')]));
    expect(attempts()).toBe(2);
  });
});

describe('the API', () => {
  const request = {
    ...{ ScheduleExpression: 'rate(1 minute)', ...OFF },
    Target: { Arn: 'arn:aws:sqs:us-east-1:000000000000:orders', RoleArn: 'role', Input: 'hello' },
  };

  it('makes, shows, changes, lists and deletes schedules', async () => {
    const { api, clock, bodies, received } = await open({});
    const ScheduleArn = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/mine';
    expect(await api('POST', '/schedules/mine', request)).toEqual({ status: 200, ScheduleArn });
    expect(await bodies('orders', 1)).toEqual(['hello']);
    expect(await api('GET', '/schedules/mine')).toMatchObject({
      ...{ Arn: ScheduleArn, GroupName: 'default', State: 'ENABLED', ScheduleExpression: 'rate(1 minute)' },
      ...{ CreationDate: Date.UTC(2026, 0, 31, 9, 30) / 1000, Target: { RoleArn: 'role', Input: 'hello' } },
    });
    expect(await api('POST', '/schedules/mine', request)).toMatchObject({
      status: 409,
      __type: 'ConflictException',
    });

    await api('PUT', '/schedules/mine', { ...request, State: 'DISABLED' });
    await clock.advance(5 * 60_000);
    expect(await received('orders')).toEqual([]);
    await api('POST', '/schedules/other', { ...request, State: 'DISABLED' });
    const page = await api('GET', '/schedules?MaxResults=1');
    expect(page).toMatchObject({ Schedules: [{ Name: 'mine', State: 'DISABLED' }] });
    const rest = await api('GET', `/schedules?MaxResults=1&NextToken=${page.NextToken}`);
    expect(rest).toMatchObject({ Schedules: [{ Name: 'other' }] });
    expect(await api('GET', '/schedules?NamePrefix=o&State=ENABLED')).toMatchObject({ Schedules: [] });

    expect(await api('DELETE', '/schedules/mine?groupName=default')).toEqual({ status: 200 });
    expect(await api('GET', '/schedules/mine')).toMatchObject({
      status: 404,
      __type: 'ResourceNotFoundException',
    });
  });

  it('deletes a schedule after its last time, if it is asked to', async () => {
    const { api, clock, bodies } = await open({});
    const once = { ScheduleExpression: 'at(2026-01-31T09:31:00)', ActionAfterCompletion: 'DELETE' };
    await api('POST', '/schedules/once', { ...request, ...once });
    await clock.advance(60_000);
    expect(await bodies('orders', 1)).toEqual(['hello']);
    await vi.waitFor(async () => expect(await api('GET', '/schedules/once')).toMatchObject({ status: 404 }));
  });

  it('refuses as AWS does', async () => {
    const { api } = await open({});
    const invalid = { status: 400, __type: 'ValidationException' };
    expect(await api('POST', '/schedules/x', { ...request, ScheduleExpression: 'often' })).toMatchObject(
      invalid,
    );
    expect(await api('POST', '/schedules/x', { Target: request.Target })).toMatchObject(invalid);
    expect(await api('GET', '/schedules?NextToken=x')).toMatchObject(invalid);
    expect(await api('PUT', '/schedules/x', request)).toMatchObject({ status: 404 });
    const elsewhere = await api('POST', '/schedules/x', { ...request, GroupName: 'nowhere' });
    expect(elsewhere).toMatchObject({ status: 404, message: 'Schedule group nowhere does not exist.' });
    expect(await api('POST', '/schedule-groups/x', {})).toMatchObject({ status: 501 });
  });
});
