/**
 * The services of the emulator, one line each, in the order in which they are opened. They are closed in reverse. A
 * service comes after those that it needs.
 */
import { apigateway } from './apigateway/service.ts';
import { athena } from './athena/service.ts';
import { cloudformation } from './cloudformation/service.ts';
import { cloudwatch } from './cloudwatch/service.ts';
import { dynamodb } from './dynamodb/service.ts';
import { eventSourceMapping } from './event-source-mapping/service.ts';
import { eventbridge } from './eventbridge/service.ts';
import { firehose } from './firehose/service.ts';
import { glue } from './glue/service.ts';
import { iam } from './iam/service.ts';
import { iot } from './iot/service.ts';
import { kinesis } from './kinesis/service.ts';
import { lambda } from './lambda/service.ts';
import { mailbox } from './mailbox/service.ts';
import { s3 } from './s3/service.ts';
import { scheduler } from './scheduler/service.ts';
import { sns } from './sns/service.ts';
import { sqs } from './sqs/service.ts';
import { ssm } from './ssm/service.ts';
import type { Service } from './stack/service.ts';
import { sts } from './sts/service.ts';

export const SERVICES: readonly Service[] = [
  // First, so that nothing calls unchecked.
  iam,
  s3,
  glue,
  kinesis,
  dynamodb,
  mailbox,
  lambda,
  firehose,
  sns,
  athena,
  eventSourceMapping,
  sqs,
  eventbridge,
  cloudwatch,
  ssm,
  scheduler,
  cloudformation,
  sts,
  iot,
  apigateway,
];
