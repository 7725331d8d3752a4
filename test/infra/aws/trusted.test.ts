/** The schedules that maintain the trusted layer. */
import { describe, expect, it } from 'vitest';
import { PARTITION_COLUMNS, READING_COLUMNS } from '../../../services/contract/lake-columns.ts';
import {
  lastDays,
  MAX_LATENESS_DAYS,
  mergeStatement,
  READING_KEY,
  TRUSTED_COLUMNS,
} from '../../../services/contract/trusted.ts';
import { synthesize } from './support/synth.ts';

const stack = synthesize();
const [lakeId] = stack.all('AWS::S3::Bucket').find(([id]) => id.startsWith('StorageLake')) ?? [''];

/** Text of a property, with `${LogicalId}` in place of references. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': join, Ref } = value as { 'Fn::Join'?: [string, unknown[]]; Ref?: string };
  return join ? join[1].map(text).join(join[0]) : `\${${Ref}}`;
}

const ofTrusted = stack.all('AWS::Scheduler::Schedule').filter(([id]) => id.startsWith('Trusted'));
const schedules = ofTrusted.map(([id, { Properties, DependsOn }]) => ({
  name: id.replace(/^Trusted|[0-9A-F]{8}$/g, ''),
  properties: Properties,
  dependsOn: DependsOn,
  request: JSON.parse(text(Properties.Target.Input)),
}));
const sql = (name: string): string => schedules.find((one) => one.name === name)?.request.QueryString;

describe('schedules', () => {
  it('create the table at once, and then maintain it every night, one statement an hour', () => {
    expect(schedules.map(({ name, properties: p }) => [name, p.ScheduleExpression])).toEqual([
      ['CreateTable', 'rate(1 hour)'],
      ['MergeReadings', 'cron(10 1 * * ? *)'],
      ['OptimizeFiles', 'cron(10 3 * * ? *)'],
      ['VacuumFiles', 'cron(10 4 * * ? *)'],
    ]);
    for (const { properties: p } of schedules) expect(p.State).toBe('ENABLED');
  });

  it.each(schedules)('$name starts an Athena statement in its own workgroup', (one) => {
    const { Target, GroupName } = one.properties;
    expect(text(Target.Arn)).toBe('arn:${AWS::Partition}:scheduler:::aws-sdk:athena:startQueryExecution');
    expect(one.request).toMatchObject({
      WorkGroup: stack.outputs.MaintenanceWorkGroupName?.Value,
      QueryExecutionContext: { Database: text(stack.outputs.DatabaseName?.Value) },
    });
    // The default group is the only one that drift detection finds schedules in.
    expect(GroupName).toBeUndefined();
    // Athena: 32 to 128 characters.
    const token = one.request.ClientRequestToken.replace(
      '<aws.scheduler.scheduled-time>',
      '2026-01-31T01:10:00Z',
    );
    expect(token).toMatch(new RegExp(`^[\\w-]+-${one.name}-2026-01-31T01:10:00Z$`));
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect(token.length).toBeLessThanOrEqual(128);
  });

  it.each(schedules)(
    '$name gives up before the next one begins, and says so',
    ({ properties: { Target } }) => {
      expect(Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 1800, MaximumRetryAttempts: 10 });
      const [queue] = stack.all('AWS::SQS::Queue').find(([id]) => id.startsWith('Trusted')) ?? [];
      expect(Target.DeadLetterConfig).toEqual({ Arn: { 'Fn::GetAtt': [queue, 'Arn'] } });
    },
  );

  it.each(schedules)('$name waits for its permissions and its workgroup', ({ dependsOn }) => {
    const needed = ['AWS::IAM::Policy', 'AWS::Athena::WorkGroup'].map(
      (type) => stack.all(type).find(([id]) => id.startsWith('Trusted'))?.[0],
    );
    expect(dependsOn).toEqual(expect.arrayContaining(needed));
  });
});

describe('statements', () => {
  it('make an Iceberg table with the columns of a reading, in the folder of the trusted layer', () => {
    const create = sql('CreateTable');
    expect(create).toMatch(/^CREATE TABLE IF NOT EXISTS readings_trusted \(/);
    const columns = [...create.matchAll(/^ {2}`(\w+)` (\w+) COMMENT '[^']+',?$/gm)];
    expect(columns.map(([, name, type]) => ({ name, type }))).toEqual(
      TRUSTED_COLUMNS.map(({ name, type }) => ({ name, type })),
    );
    expect(create).toContain('PARTITIONED BY (day(`timestamp`), bucket(8, `device_id`))');
    expect(create).toContain(`LOCATION 's3://\${${lakeId}}/trusted/readings/'`);
    expect(create).toContain("'table_type' = 'ICEBERG'");
  });

  it('merge by the definition of the contract, from the raw table', () => {
    const readings = text(stack.outputs.ReadingsTableName?.Value);
    expect(sql('MergeReadings')).toBe(mergeStatement(readings, lastDays(3)));
    expect(sql('OptimizeFiles')).toBe('OPTIMIZE readings_trusted REWRITE DATA USING BIN_PACK');
    expect(sql('VacuumFiles')).toBe('VACUUM readings_trusted');
  });

  it('look back further where readings may still arrive for longer, in statements of three days', () => {
    const days = (from: number, to?: number) => {
      const ago = (n: number) => `interval '${n}' day, '%Y-%m-%d')`;
      return [ago(from), ...(to === undefined ? [] : [`dt <= date_format(current_timestamp - ${ago(to)}`])];
    };
    for (const [hours, ...slices] of [
      [24, days(3)],
      [25, days(3), days(4, 4)],
      [168, days(3), days(6, 4), days(9, 7)],
      // What is delivered later still is left to `npm run compact`.
      [8760, days(3), days(6, 4), days(9, 7)],
    ] as [number, ...string[][]][]) {
      const merges = synthesize({ streamRetentionHours: hours })
        .all('AWS::Scheduler::Schedule')
        .filter(([id]) => id.includes('Merge'))
        .map(([, { Properties }]) => [Properties.ScheduleExpression, text(Properties.Target.Input)]);
      expect(merges.map(([at]) => at)).toEqual(
        ['cron(10 1 * * ? *)', 'cron(10 0 * * ? *)', 'cron(10 23 * * ? *)'].slice(0, slices.length),
      );
      for (const [i, words] of slices.entries()) {
        for (const word of words) expect(merges[i]?.[1]).toContain(word);
      }
    }
  });

  it('write no more than the 100 files that Athena keeps open', () => {
    // Days of sending, today among them; what may have been made before them, and after.
    const widest = 4 + MAX_LATENESS_DAYS + 1;
    expect(8 * widest).toBeLessThanOrEqual(100);
  });
});

describe('retention', () => {
  it('also deletes readings that are too old from the trusted layer, between merging and optimizing', () => {
    const limited = synthesize({ lakeRetentionDays: 90 });
    const { ScheduleExpression, Target } = limited.only('AWS::Scheduler::Schedule', 'Expire').Properties;
    expect(ScheduleExpression).toBe('cron(10 2 * * ? *)');
    expect(text(Target.Input)).toMatch(/DELETE FROM readings_trusted WHERE .+ interval '90' day/);
  });

  it('keeps everything by default', () => {
    expect(schedules.map(({ request }) => request.QueryString).join()).not.toContain('DELETE');
  });
});

describe('columns', () => {
  it('are those of a reading, with real times, and without partition columns', () => {
    expect(TRUSTED_COLUMNS.map(({ name }) => name)).toEqual(READING_COLUMNS.map(({ name }) => name));
    const changed = TRUSTED_COLUMNS.filter(({ type }, i) => type !== READING_COLUMNS[i]?.type);
    expect(changed.map(({ name, type }) => [name, type])).toEqual([
      ['timestamp', 'timestamp'],
      ['timestamp_sent', 'timestamp'],
    ]);
    for (const { name } of PARTITION_COLUMNS)
      expect(TRUSTED_COLUMNS.map((column) => column.name)).not.toContain(name);
    for (const name of READING_KEY) expect(TRUSTED_COLUMNS.map((column) => column.name)).toContain(name);
  });
});

describe('failures', () => {
  it('of its statements are queued, whether they failed or were stopped; those of people are not', () => {
    const { EventPattern, Targets, State } = stack.only('AWS::Events::Rule', 'Trusted').Properties;
    expect(EventPattern).toEqual({
      source: ['aws.athena'],
      'detail-type': ['Athena Query State Change'],
      detail: {
        workgroupName: [stack.outputs.MaintenanceWorkGroupName?.Value],
        currentState: ['FAILED', 'CANCELLED'],
      },
    });
    expect(State).toBe('ENABLED');
    const [queue] = stack.all('AWS::SQS::Queue').find(([id]) => id.startsWith('Trusted')) ?? [];
    expect(Targets).toEqual([expect.objectContaining({ Arn: { 'Fn::GetAtt': [queue, 'Arn'] } })]);
  });

  it('are kept for days, encrypted', () => {
    const { MessageRetentionPeriod, SqsManagedSseEnabled } = stack.only(
      'AWS::SQS::Queue',
      'Trusted',
    ).Properties;
    expect(MessageRetentionPeriod).toBe(345_600);
    expect(SqsManagedSseEnabled).toBe(true);
  });
});
