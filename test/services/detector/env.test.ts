import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../services/detector/env.ts';
import { DETECTOR_ENVIRONMENT } from '../../support/detector-environment.ts';

describe('the environment of the function', () => {
  it('is read once, into the names that the code uses', () => {
    expect(readEnvironment(DETECTOR_ENVIRONMENT)).toEqual({
      stateTable: 'state',
      modelTable: 'models',
      modelPeriodMs: 300_000,
      alertTopicArn: DETECTOR_ENVIRONMENT.ALERT_TOPIC_ARN,
      silencedTopicArn: DETECTOR_ENVIRONMENT.SILENCED_TOPIC_ARN,
      refusedTopicArn: DETECTOR_ENVIRONMENT.REFUSED_TOPIC_ARN,
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
    const without = { ...DETECTOR_ENVIRONMENT, STATE_TABLE_NAME: '', READINGS_TABLE: undefined };
    expect(() => readEnvironment(without)).toThrow(
      'Expected the environment variables STATE_TABLE_NAME, READINGS_TABLE',
    );
  });
});
