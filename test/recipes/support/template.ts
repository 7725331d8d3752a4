/** What is deployed of the contract: the columns of the lake, the saved queries and the rules, as JSON. */
import { App } from 'aws-cdk-lib/core';
import { parseConfig } from '../../../infra/aws/settings/config.ts';
import { TelemetryStack } from '../../../infra/aws/telemetry-stack.ts';
import { RULES_METADATA } from '../../../services/contract/stack.ts';

const app = new App({ outdir: process.argv[2], context: { 'aws:cdk:bundling-stacks': [] } });
const stack = new TelemetryStack(app, 'Streamwatch', parseConfig({}));
const { Resources } = app.synth().getStackArtifact(stack.artifactId).template;
// A template is as deep and loose as CloudFormation.
// biome-ignore lint/suspicious/noExplicitAny: see above
const resources: any[] = Object.values(Resources);
const ofType = (type: string) =>
  resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
process.stdout.write(
  JSON.stringify({
    columns: ofType('AWS::Glue::Table').find(({ TableInput }) => TableInput.Name === 'readings').TableInput
      .StorageDescriptor.Columns,
    queries: Object.fromEntries(
      ofType('AWS::Athena::NamedQuery').map(({ Name, QueryString }) => [Name, JSON.stringify(QueryString)]),
    ),
    rules: resources.flatMap(({ Metadata }) => Metadata?.[RULES_METADATA] ?? []),
  }),
);
