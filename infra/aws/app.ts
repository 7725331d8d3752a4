/** Turns the configuration into the stack. The CDK command line runs this file, through cdk.json. */
import { App } from 'aws-cdk-lib/core';
import { RulesError } from '../../services/contract/rule.ts';
import { STACK_NAME } from '../../services/contract/stack.ts';
import { UserError } from '../cli/user-error.ts';
import { parseConfig } from './settings/config.ts';
import { ownRunbooks } from './settings/runbooks.ts';
import { TelemetryStack } from './telemetry-stack.ts';

const app = new App();
try {
  const config = parseConfig(app.node.getAllContext());
  new TelemetryStack(app, STACK_NAME, { ...config, runbookUrl: config.runbookUrl || ownRunbooks() });
  app.synth();
} catch (error) {
  if (!(error instanceof UserError || error instanceof RulesError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
