/** What the functions are told by their environment. */
import { WHEREABOUTS, whereaboutsIn } from '../contract/look.ts';
import type { Pointers } from './pointers.ts';

type Env = Record<string, string | undefined>;

/** What publishing alerts needs. */
export interface PublishingEnvironment {
  stateTable: string;
  alertTopicArn: string;
  /** For the history of what nobody is told. */
  silencedTopicArn: string;
  failureBucket: string;
  /** Where mails send their readers. */
  pointers: Pointers;
}

export interface Environment extends PublishingEnvironment {
  modelTable: string;
  /** How often the models of devices are looked at, ms. */
  modelPeriodMs: number;
  refusedTopicArn: string;
  /** Records in a batch that the mapping has filled. */
  batchSize: number;
}

const PUBLISHING = {
  stateTable: 'STATE_TABLE_NAME',
  alertTopicArn: 'ALERT_TOPIC_ARN',
  silencedTopicArn: 'SILENCED_TOPIC_ARN',
  failureBucket: 'FAILURE_BUCKET_NAME',
  database: 'ATHENA_DATABASE',
  readingsTable: 'READINGS_TABLE',
  ...WHEREABOUTS,
} as const;
const DETECTING = {
  ...PUBLISHING,
  modelTable: 'MODEL_TABLE_NAME',
  modelPeriodSeconds: 'MODEL_PERIOD_SECONDS',
  refusedTopicArn: 'REFUSED_TOPIC_ARN',
  batchSize: 'BATCH_SIZE',
} as const;

/** @throws Error naming every variable that is missing */
export function readPublishingEnvironment(env: Env): PublishingEnvironment {
  const { database, readingsTable, stack, workGroup, ...others } = required(env, PUBLISHING);
  return { ...others, pointers: pointersIn({ database, readingsTable }, { stack, workGroup }, env) };
}

const pointersIn = (lake: Pointers['lake'], of: Parameters<typeof whereaboutsIn>[0], env: Env): Pointers => ({
  lake,
  whereabouts: whereaboutsIn(of, env),
});

/** @throws Error naming every variable that is missing */
export function readEnvironment(env: Env): Environment {
  const { batchSize, modelPeriodSeconds, database, readingsTable, stack, workGroup, ...others } = required(
    env,
    DETECTING,
  );
  return {
    ...others,
    pointers: pointersIn({ database, readingsTable }, { stack, workGroup }, env),
    modelPeriodMs: Number(modelPeriodSeconds) * 1000,
    batchSize: Number(batchSize),
  };
}

function required<K extends string>(env: Env, names: Readonly<Record<K, string>>): Record<K, string> {
  const entries = Object.entries<string>(names).map(([key, name]) => [key, env[name] ?? '', name] as const);
  const missing = entries.filter(([, value]) => value === '').map(([, , name]) => name);
  if (missing.length === 0) {
    return Object.fromEntries(entries.map(([key, value]) => [key, value])) as Record<K, string>;
  }
  throw new Error(
    `Expected the environment variables ${missing.join(', ')}, which the stack sets on the function`,
  );
}
