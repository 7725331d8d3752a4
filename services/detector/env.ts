/** What the function is told by its environment. */
import type { Lake } from './history-query.ts';

export interface Environment {
  stateTable: string;
  modelTable: string;
  /** How often the models of devices are looked at, ms. */
  modelPeriodMs: number;
  alertTopicArn: string;
  refusedTopicArn: string;
  failureBucket: string;
  lake: Lake;
  /** Records in a batch that the mapping has filled. */
  batchSize: number;
}

/** @throws Error naming every variable that is missing */
export function readEnvironment(env: Record<string, string | undefined>): Environment {
  const missing: string[] = [];
  const required = (name: string) => {
    const value = env[name] ?? '';
    if (value === '') missing.push(name);
    return value;
  };
  const environment = {
    stateTable: required('STATE_TABLE_NAME'),
    modelTable: required('MODEL_TABLE_NAME'),
    modelPeriodMs: Number(required('MODEL_PERIOD_SECONDS')) * 1000,
    alertTopicArn: required('ALERT_TOPIC_ARN'),
    refusedTopicArn: required('REFUSED_TOPIC_ARN'),
    failureBucket: required('FAILURE_BUCKET_NAME'),
    lake: { database: required('ATHENA_DATABASE'), readingsTable: required('READINGS_TABLE') },
    batchSize: Number(required('BATCH_SIZE')),
  };
  if (missing.length === 0) return environment;
  throw new Error(
    `Expected the environment variables ${missing.join(', ')}, which the stack sets on the function`,
  );
}
