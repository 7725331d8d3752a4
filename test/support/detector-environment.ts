/** What the stack sets on the detector's function, each variable with a value of its own. */
export const DETECTOR_ENVIRONMENT = {
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
