import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../services/detector/env.ts';

const COMPLETE = {
  STATE_TABLE_NAME: 'state',
  MODEL_TABLE_NAME: 'models',
  MODEL_PERIOD_SECONDS: '300',
  REFUSED_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:refused',
  ALERT_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:alerts',
  SILENCED_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:silenced',
  FAILURE_BUCKET_NAME: 'failures',
  ATHENA_DATABASE: 'streamwatch',
  READINGS_TABLE: 'readings',
  BATCH_SIZE: '100',
  STACK_NAME: 'Streamwatch',
  ATHENA_WORK_GROUP: 'team',
  AWS_REGION: 'eu-central-1',
};

describe('the environment of the function', () => {
  it('is read once, into the names that the code uses', () => {
    expect(readEnvironment(COMPLETE)).toEqual({
      stateTable: 'state',
      modelTable: 'models',
      modelPeriodMs: 300_000,
      alertTopicArn: COMPLETE.ALERT_TOPIC_ARN,
      silencedTopicArn: COMPLETE.SILENCED_TOPIC_ARN,
      refusedTopicArn: COMPLETE.REFUSED_TOPIC_ARN,
      failureBucket: 'failures',
      pointers: {
        lake: { database: 'streamwatch', readingsTable: 'readings' },
        whereabouts: {
          ...{ stack: 'Streamwatch', workGroup: 'team', region: 'eu-central-1' },
          ...{ dashboard: undefined, page: undefined, localFlags: '--local' },
        },
      },
      batchSize: 100,
    });
  });

  it('names everything that is missing', () => {
    const without = { ...COMPLETE, STATE_TABLE_NAME: '', READINGS_TABLE: undefined };
    expect(() => readEnvironment(without)).toThrow(
      'Expected the environment variables STATE_TABLE_NAME, READINGS_TABLE',
    );
  });
});
