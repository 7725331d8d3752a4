import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { synthesizeIfNeeded } from '../../../../infra/cli/synth.ts';
import { resolveStack } from '../../../../infra/emulator/registry.ts';
import type { Template } from '../../../../infra/emulator/stack/template.ts';
import { localResources, replacedHere } from '../../../../infra/local/local-resources.ts';
import { resourceList } from '../../../../infra/local/session/resource-list.ts';
import { program } from '../../../support/program-file.ts';

const NO_TEMPLATE = { Resources: {}, Outputs: {}, Parameters: {}, Mappings: {}, Conditions: {} };

const PROJECT = resolve(import.meta.dirname, '../../../..');

function listOf(Resources: Template['Resources']): string[] {
  const template = { Resources, Outputs: {}, Parameters: {}, Mappings: {}, Conditions: {} };
  return resourceList(resolveStack(template, 'Shop', 'http://127.0.0.1:4566'));
}

describe('the list of resources', () => {
  it('says for each how it runs, and which of its properties have no effect', () => {
    const BufferingHints = { IntervalInSeconds: 60 };
    expect(
      listOf({
        Orders0A1B2C3D: { Type: 'AWS::Kinesis::Stream', Properties: { ShardCount: 1, Tags: [] } },
        Table: {
          Type: 'AWS::Glue::Table',
          Properties: { CatalogId: '1', TableInput: { Name: 'x', Owner: 'me', Retention: 1 } },
        },
        Reader: { Type: 'AWS::IAM::Role', Properties: { Path: '/' } },
        Returns: { Type: 'AWS::Kinesis::Stream', Properties: {} },
        ToLake: {
          Type: 'AWS::KinesisFirehose::DeliveryStream',
          Properties: { ExtendedS3DestinationConfiguration: { BufferingHints } },
        },
      }),
    ).toEqual([
      ...['AWS::Kinesis::Stream: local', '  Orders', '      without effect here: Tags', '  Returns', ''],
      ...['AWS::Glue::Table: local', '  Table'],
      ...['      without effect here: CatalogId; TableInput: Owner, Retention', ''],
      ...['AWS::IAM::Role: enforced', '  Reader', ''],
      ...['AWS::KinesisFirehose::DeliveryStream: local', '  ToLake', '      replaced here:'],
      ...['      ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds', ''],
      '4 of 5 resources run here; 4 of their properties have no effect.',
    ]);
  });

  it('is all that --resources prints, in 80 columns', async () => {
    const app = await synthesizeIfNeeded(PROJECT, () => {});
    const args = [...program('infra/local/session/main.ts'), '--resources', '--app', app];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: PROJECT, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines).toContain('AWS::SQS::Queue: local');
    expect(lines.at(-1)).toMatch(/^\d+ of \d+ resources run here; \d+ of their properties have no effect\.$/);
  });
});

it('only the schedule that creates the trusted table rests here: the table is always there', () => {
  const schedule = (QueryString: string) => ({
    ...{ logicalId: 'x', type: 'AWS::Scheduler::Schedule', ref: 'x', arn: 'x', metadata: {} },
    properties: { Target: { Input: JSON.stringify({ QueryString }) } },
  });
  const resources = ['CREATE TABLE IF NOT EXISTS readings_trusted (', 'MERGE INTO readings_trusted'].map(
    schedule,
  );
  expect(resources.map(replacedHere)).toEqual([['State'], []]);
  const running = localResources({ name: 'Shop', resources, outputs: {}, template: NO_TEMPLATE }, 5);
  expect(running.slice(0, 2).map(({ properties }) => properties.State)).toEqual(['DISABLED', undefined]);
});

it('what is listed as replaced here is what the session changes', () => {
  const hints = { SizeInMBs: 64, IntervalInSeconds: 60 };
  const resource = {
    ...{
      logicalId: 'ToLake',
      type: 'AWS::KinesisFirehose::DeliveryStream',
      ref: 'x',
      arn: 'x',
      metadata: {},
    },
    properties: { ExtendedS3DestinationConfiguration: { Prefix: 'a/', BufferingHints: hints } },
  };
  const [running] = localResources(
    { name: 'Shop', resources: [resource], outputs: {}, template: NO_TEMPLATE },
    5,
  );
  expect(running?.properties).toEqual({
    ExtendedS3DestinationConfiguration: { Prefix: 'a/', BufferingHints: { ...hints, IntervalInSeconds: 5 } },
  });
  expect(replacedHere(resource)).toEqual([
    'ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds',
  ]);
});
