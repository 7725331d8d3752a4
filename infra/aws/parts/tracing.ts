/** X-Ray traces of a function, by the knob `tracing`: its permission, and the findings of cdk-nag about either choice. */
import type { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Config } from '../settings/config.ts';
import { acknowledge } from './acknowledge.ts';
import { allow } from './allow.ts';

/** X-Ray has no resources that could be named. */
export const traceStatements = ({ tracing }: Config): PolicyStatement[] =>
  tracing === 'on' ? [allow('WriteTraces', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*')] : [];

/** @param what the function is called in a sentence */
export function acknowledgeTracing(
  { tracing }: Config,
  what: string,
  fn: IFunction,
  permissions: Policy,
): void {
  if (tracing === 'on') {
    acknowledge(permissions, 'X-Ray has no resources that could be named', 'AwsSolutions-IAM5[Resource::*]');
  } else {
    const reason = `Traces cost more than ${what} itself: -c tracing=on while investigating`;
    acknowledge(fn, reason, 'Serverless-LambdaTracing');
  }
}
