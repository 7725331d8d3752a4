import { Bucket } from 'aws-cdk-lib/aws-s3';
import { type App, Stack, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../infra/aws/settings/config.ts';
import { TelemetryStack } from '../../../infra/aws/telemetry-stack.ts';
import { testApp } from './support/synth.ts';

const packs = [AwsSolutionsChecks, ServerlessChecks];

const findings = (app: App) =>
  packs.flatMap((Pack) =>
    new Pack().validateScope(app).violations.map(({ ruleName, violatingResources }) => ({
      rule: ruleName,
      at: violatingResources.map(({ constructPath }) => constructPath),
    })),
  );

describe('cdk-nag', () => {
  it.each([
    { streamMode: 'provisioned' },
    { edgeHttp: 'on', edgeMqtt: 'on' },
    { streamMode: 'on-demand', alertEmail: 'a@example.com', operationsEmail: 'o@example.com', tracing: 'on' },
    { enhancedFanOut: 'on' },
  ])('finds nothing that is not acknowledged, with %j', (context) => {
    const app = testApp();
    new TelemetryStack(app, 'Streamwatch', parseConfig(context));
    expect(findings(app)).toEqual([]);
  });

  it('would find something if there was something', () => {
    const app = testApp();
    new Bucket(new Stack(app, 'Control'), 'Open');
    expect(findings(app).map(({ rule }) => rule)).toContain('AwsSolutions-S1');
  });

  it('is silenced one finding at a time, each with a reason', () => {
    const app = testApp();
    const stack = new TelemetryStack(app, 'Streamwatch', parseConfig({}));
    const acknowledged = stack.node
      .findAll()
      .flatMap((construct) => construct.node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>));
    expect(acknowledged.length).toBeGreaterThan(0);
    for (const [id, reason] of acknowledged) {
      // IAM5 covers any wildcard, so the acknowledgement has to say which one.
      if (id.includes('IAM5')) expect(id).toMatch(/IAM5\[.+\]$/);
      expect(String(reason).length, id).toBeGreaterThan(20);
    }
  });
});
