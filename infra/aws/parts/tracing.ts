/** X-Ray traces of a function, by the knob `tracing`: its permission, and the findings of cdk-nag about either choice. */
import { type Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Validations } from 'aws-cdk-lib/core';
import type { Config } from '../settings/config.ts';

/** X-Ray has no resources that could be named. */
export const traceStatements = ({ tracing }: Config): PolicyStatement[] =>
  tracing === 'on'
    ? [
        new PolicyStatement({
          sid: 'WriteTraces',
          actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
          resources: ['*'],
        }),
      ]
    : [];

/** @param what the function is called in a sentence */
export function acknowledgeTracing(
  { tracing }: Config,
  what: string,
  fn: IFunction,
  permissions: Policy,
): void {
  if (tracing === 'on') {
    const reason = 'X-Ray has no resources that could be named';
    Validations.of(permissions).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason });
  } else {
    const reason = `Traces cost more than ${what} itself: -c tracing=on while investigating`;
    Validations.of(fn).acknowledge({ id: 'Serverless-LambdaTracing', reason });
  }
}
