/** The stack synthesized without bundling: milliseconds instead of seconds. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Environment } from 'aws-cdk-lib/core';
import { afterAll, inject } from 'vitest';
import { parseConfig } from '../../../../infra/aws/settings/config.ts';
import { TelemetryStack } from '../../../../infra/aws/telemetry-stack.ts';

const cdkJson = readFileSync(new URL('../../../../cdk.json', import.meta.url), 'utf8');
const flags = JSON.parse(cdkJson).context;

/** CDK writes files as soon as there is an app: one folder per test file, removed after it. */
const outdir = mkdtempSync(join(tmpdir(), 'streamwatch-synth-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

export function testApp(): App {
  const context = { ...flags, 'aws:cdk:bundling-stacks': [] };
  // Where each construct was made and the tree of all of them: nobody looks at either.
  return new App({ outdir, context, stackTraces: false, treeMetadata: false });
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
  const synthesized = known.get(key) ?? looked(frozen(keptTemplate(key, () => templateOf(context, stack))));
  known.set(key, synthesized);
  return synthesized;
}

interface Template {
  Resources: Synthesized['resources'];
  Outputs: Synthesized['outputs'];
  Metadata: Synthesized['metadata'];
}

/** Likewise for all workers of this run. */
function keptTemplate(key: string, make: () => Template): Template {
  const file = join(inject('templates'), `${createHash('sha256').update(key).digest('hex')}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const template = make();
  // Another worker may be reading it.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(template));
  renameSync(`${file}.${process.pid}`, file);
  return template;
}

function templateOf(context: Record<string, unknown>, stack: { name?: string; env?: Environment }): Template {
  const app = testApp();
  const telemetry = new TelemetryStack(app, stack.name ?? 'Streamwatch', parseConfig(context), stack);
  return app.synth().getStackArtifact(telemetry.artifactId).template;
}

function looked(template: Template): Synthesized {
  const { Resources: resources, Outputs: outputs, Metadata: metadata } = template;
  const all = (type: string) => Object.entries(resources).filter(([, resource]) => resource.Type === type);
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
