/** The stack synthesized without bundling: milliseconds instead of seconds. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Environment } from 'aws-cdk-lib/core';
import { afterAll } from 'vitest';
import { parseConfig } from '../../../../infra/aws/settings/config.ts';
import { TelemetryStack } from '../../../../infra/aws/telemetry-stack.ts';

const flags = JSON.parse(readFileSync(new URL('../../../../cdk.json', import.meta.url), 'utf8')).context;

/** CDK writes files as soon as there is an app: one folder per test file, removed after it. */
const outdir = mkdtempSync(join(tmpdir(), 'streamwatch-synth-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

export function testApp(): App {
  return new App({ outdir, context: { ...flags, 'aws:cdk:bundling-stacks': [] } });
}

export interface Resource {
  Type: string;
  // A template's properties are as deep and loosely typed as CloudFormation; tests read parts of them.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  Properties: any;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  DependsOn?: string[];
}

export interface Synthesized {
  /** Size of the template, in bytes. */
  bytes: number;
  resources: Record<string, Resource>;
  outputs: Record<string, { Value: unknown }>;
  metadata: Record<string, unknown>;
  /** The only resource of a type whose logical id contains `idPart`. */
  only(type: string, idPart?: string): Resource;
  all(type: string): [id: string, resource: Resource][];
}

const known = new Map<string, Synthesized>();

/** Once for all test files of a worker: half of them look at the plain stack. What it returns is frozen. */
export function synthesize(
  context: Record<string, unknown> = {},
  stack: { name?: string; env?: Environment } = {},
): Synthesized {
  const key = JSON.stringify([context, stack]);
  const synthesized = known.get(key) ?? synthesizeAnew(context, stack);
  known.set(key, synthesized);
  return synthesized;
}

function synthesizeAnew(
  context: Record<string, unknown>,
  stack: { name?: string; env?: Environment },
): Synthesized {
  const app = testApp();
  const telemetry = new TelemetryStack(app, stack.name ?? 'Streamwatch', parseConfig(context), stack);
  const template = frozen(app.synth().getStackArtifact(telemetry.artifactId).template);
  const { Resources: resources, Outputs: outputs, Metadata: metadata } = template;
  const all = (type: string) =>
    (Object.entries(resources) as [string, Resource][]).filter(([, resource]) => resource.Type === type);
  return {
    bytes: JSON.stringify(template).length,
    resources,
    outputs,
    metadata,
    all,
    only(type, idPart = '') {
      const found = all(type).filter(([id]) => id.includes(idPart));
      if (found.length !== 1 || !found[0])
        throw new Error(`${found.length} ${type} with "${idPart}" in its id`);
      return found[0][1];
    },
  };
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
