import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { synthesizeIfNeeded } from '../../../../infra/cli/synth.ts';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { openEmulator } from '../../../../infra/emulator/emulator.ts';
import * as registry from '../../../../infra/emulator/registry.ts';
import { SERVICES } from '../../../../infra/emulator/services.ts';
import type { StackResource } from '../../../../infra/emulator/stack/intrinsics.ts';
import { pathsOf, withoutEffect } from '../../../../infra/emulator/stack/obeyed.ts';
import { type CloudAssembly, loadAssembly } from '../../../../infra/emulator/stack/template.ts';
import { STACK_NAME } from '../../../../services/contract/stack.ts';

describe('the paths that a schema reads', () => {
  it('go into objects and lists, and stop at what is one value', () => {
    const schema = z.object({
      Size: z.coerce.number().default(1),
      Hints: z.strictObject({ Seconds: z.number().optional() }).prefault({}),
      Variables: z.record(z.string(), z.string()).optional(),
      Columns: z.array(z.object({ Name: z.string() })).transform((list) => list.length),
      Tags: z.array(z.string()),
      Flag: z.stringbool().or(z.boolean()),
    });
    expect(pathsOf(schema)).toEqual([
      ...['Size', 'Hints.Seconds', 'Variables', 'Columns.*.Name', 'Tags', 'Flag'],
    ]);
  });

  it('leave out what is accepted whatever it is', () => {
    expect(pathsOf(z.object({ RoleARN: z.unknown().optional(), Name: z.string() }))).toEqual(['Name']);
  });
});

describe('properties without effect', () => {
  const obeys = ['Name', 'Hints.Seconds', 'Columns.*.Name', 'Variables'];

  it('are named by the topmost path below which nothing has an effect', () => {
    const properties = {
      ...{ Name: 'x', Variables: { A: '1' }, Tags: [{ Key: 'a' }] },
      Hints: { Seconds: 5, Bytes: { Min: 1 } },
      Columns: [{ Name: 'a' }, { Name: 'b', Comment: '' }, { Comment: '' }],
    };
    expect(withoutEffect(properties, obeys)).toEqual(['Tags', 'Hints.Bytes', 'Columns.*.Comment']);
  });

  it('are none of what is obeyed', () => {
    expect(withoutEffect({ Name: 'x', Hints: {}, Columns: [] }, obeys)).toEqual([]);
  });
});

describe('the template of this project', () => {
  const ENDPOINT = 'http://127.0.0.1:4566';
  let assembly: CloudAssembly;
  let running: StackResource[];

  beforeAll(async () => {
    const project = resolve(import.meta.dirname, '../../../..');
    assembly = loadAssembly(await synthesizeIfNeeded(project, () => {}), STACK_NAME);
    const stack = registry.resolveStack(assembly.template, STACK_NAME, ENDPOINT);
    const local = registry.resourceRows(stack).map(({ mode }) => mode === 'local');
    running = stack.resources.filter((_, i) => local[i]);
  });

  it('has no property that is neither read nor listed as without effect', async () => {
    const { identities, opened } = await reads();
    for (const resource of running) {
      const inVain = registry.withoutEffect(resource);
      const read = [...(identities.get(resource.logicalId) ?? []), ...(opened.get(resource.logicalId) ?? [])];
      const obeyed = leavesOf(resource.properties).filter(
        (path) => !inVain.some((one) => one === path || path.startsWith(`${one}.`)),
      );
      const ignored = obeyed.filter((path) => !read.includes(path));
      expect([resource.logicalId, ignored]).toEqual([resource.logicalId, []]);
    }
  });

  it('sets these in vain, and another one is decided about here', () => {
    const byType = new Map<string, Set<string>>();
    for (const resource of running) {
      const known = byType.get(resource.type) ?? new Set();
      byType.set(resource.type, known);
      for (const path of registry.withoutEffect(resource)) known.add(path);
    }
    const delivery = 'ExtendedS3DestinationConfiguration';
    const storage = 'TableInput.StorageDescriptor';
    expect(Object.fromEntries([...byType].map(([type, paths]) => [type, [...paths].sort()]))).toEqual({
      'AWS::IoT::RoleAlias': [],
      'AWS::IoT::Policy': [],
      'AWS::Kinesis::Stream': ['StreamEncryption'],
      'AWS::S3::Bucket': [
        ...['BucketEncryption', 'LifecycleConfiguration', 'LoggingConfiguration'],
        'PublicAccessBlockConfiguration',
      ],
      'AWS::SQS::Queue': ['SqsManagedSseEnabled'],
      'AWS::Lambda::EventInvokeConfig': [],
      'AWS::Scheduler::Schedule': [],
      'AWS::Glue::Database': ['CatalogId', 'DatabaseInput.Description'],
      'AWS::Glue::Table': [
        ...['CatalogId', 'TableInput.Description', `${storage}.Compressed`, `${storage}.InputFormat`],
        ...[`${storage}.OutputFormat`, `${storage}.SerdeInfo`, `${storage}.StoredAsSubDirectories`],
        'TableInput.TableType',
      ],
      'AWS::Athena::WorkGroup': [
        ...['RecursiveDeleteOption', 'WorkGroupConfiguration.PublishCloudWatchMetricsEnabled'],
        'WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration',
      ],
      'AWS::Athena::NamedQuery': [],
      'AWS::DynamoDB::Table': [
        ...['BillingMode', 'PointInTimeRecoverySpecification', 'SSESpecification', 'TimeToLiveSpecification'],
      ],
      'AWS::CloudWatch::Alarm': [],
      'AWS::Events::Rule': ['Description', 'Targets.*.Id'],
      'AWS::SNS::Topic': ['KmsMasterKeyId'],
      'AWS::SNS::Subscription': [],
      'AWS::Lambda::Function': ['Architectures', 'Code.S3Bucket', 'Description'],
      'AWS::Lambda::EventSourceMapping': [],
      'AWS::KinesisFirehose::DeliveryStream': [
        ...['DeliveryStreamEncryptionConfigurationInput', 'DeliveryStreamType'],
        `${delivery}.CloudWatchLoggingOptions`,
      ],
    });
  });

  /** Paths that are read of each resource: for its identity, and while the services open. */
  async function reads() {
    const identities = new Map<string, Set<string>>();
    const opened = new Map<string, Set<string>>();
    const note = (reads: Map<string, Set<string>>, logicalId: string) => {
      const paths = reads.get(logicalId) ?? new Set();
      reads.set(logicalId, paths);
      return (path: string) => void paths.add(path);
    };
    const types = new Map(SERVICES.flatMap(({ types }) => Object.entries(types)));
    for (const { logicalId, type } of running) {
      const raw = assembly.template.Resources[logicalId]?.Properties ?? {};
      const properties = watched(raw, note(identities, logicalId));
      types.get(type)?.identity({ stackName: STACK_NAME, endpoint: ENDPOINT, logicalId, properties });
    }
    const stateDir = mkdtempSync(join(tmpdir(), 'obeyed-'));
    const emulator = await openEmulator({
      ...{ assembly, stackName: STACK_NAME, stateDir, port: 0, bus: new EventBus() },
      resources: ({ resources }) =>
        resources.map((resource) => ({
          ...resource,
          properties: watched(resource.properties, note(opened, resource.logicalId)),
        })),
    });
    await emulator.close();
    rmSync(stateDir, { recursive: true });
    return { identities, opened };
  }
});

/** The value, which says what is read of it. */
function watched<T extends object>(value: T, read: (path: string) => void, path = ''): T {
  return new Proxy(value, {
    get(target, key) {
      const inside: unknown = Reflect.get(target, key);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key) || key === 'length') return inside;
      const below = pathBelow(path, Array.isArray(target) ? '*' : key);
      read(below);
      return typeof inside === 'object' && inside !== null ? watched(inside, read, below) : inside;
    },
  });
}

const pathBelow = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

function leavesOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  if (Array.isArray(value))
    return [...new Set(value.flatMap((item) => leavesOf(item, pathBelow(path, '*'))))];
  return Object.entries(value).flatMap(([name, inside]) => leavesOf(inside, pathBelow(path, name)));
}
