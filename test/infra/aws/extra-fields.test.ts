import { describe, expect, it } from 'vitest';
import { EXTRA_COLUMN } from '../../../services/contract/lake-columns.ts';
import { type Synthesized, synthesize } from './support/synth.ts';

const processorsOf = ({ only }: Synthesized) =>
  only('AWS::KinesisFirehose::DeliveryStream', 'LakeReadings').Properties.ExtendedS3DestinationConfiguration
    .ProcessingConfiguration.Processors as { Type: string; Parameters: object[] }[];
const columnsOf = ({ only }: Synthesized) =>
  only('AWS::Glue::Table', 'CatalogReadings').Properties.TableInput.StorageDescriptor.Columns as {
    Name: string;
  }[];

describe('extraFields=on', () => {
  const stack = synthesize({ extraFields: 'on' });
  const [id] = stack.all('AWS::Lambda::Function').find(([name]) => name.startsWith('ExtraFields')) ?? [''];

  it('sends every line through the function, after it was split and before it is partitioned', () => {
    const processors = processorsOf(stack);
    expect(processors.map(({ Type }) => Type)).toEqual([
      'RecordDeAggregation',
      'Lambda',
      'MetadataExtraction',
    ]);
    expect(processors[1]?.Parameters).toContainEqual({
      ParameterName: 'LambdaArn',
      ParameterValue: { 'Fn::GetAtt': [id, 'Arn'] },
    });
  });

  it('has a column for them at the end', () => {
    expect(columnsOf(stack).at(-1)).toEqual({ Name: 'extra', Type: 'string', Comment: EXTRA_COLUMN.comment });
  });

  it('lets delivery of readings call the function, and the function write its log', () => {
    const statements = (part: string) =>
      stack.only('AWS::IAM::Policy', part).Properties.PolicyDocument.Statement;
    expect(statements('LakeReadingsPermissions')).toContainEqual({
      ...{ Sid: 'Transform', Effect: 'Allow' },
      Action: ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'],
      Resource: { 'Fn::GetAtt': [id, 'Arn'] },
    });
    expect(statements('ExtraFieldsPermissions').map(({ Action }: { Action: unknown }) => Action)).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
    ]);
    expect(JSON.stringify(statements('LakeAlertsPermissions'))).not.toContain('lambda');
  });
});

it('extraFields=off, the default, has no function, no column and no processor', () => {
  const stack = synthesize();
  expect(processorsOf(stack).map(({ Type }) => Type)).toEqual(['RecordDeAggregation', 'MetadataExtraction']);
  expect(columnsOf(stack).map(({ Name }) => Name)).not.toContain('extra');
  expect(JSON.stringify(stack.resources)).not.toContain('ExtraFields');
});
