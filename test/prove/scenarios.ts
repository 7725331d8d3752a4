/** All scenarios, in the order of the data's path: producer, stream, detector, alerts, lake, everything. */
import type { Scenario } from './scenario.ts';
import { chaos } from './scenarios/chaos.ts';
import { crashOfEverything } from './scenarios/crash-of-everything.ts';
import { hotKey, storm, wholeSite } from './scenarios/crowds.ts';
import { diskFull } from './scenarios/disk-full.ts';
import {
  anHourLate,
  clockSetBack,
  clockSkew,
  duplicatesAndReordering,
  flappingSensor,
} from './scenarios/disorder.ts';
import { edge, edgeDiskFull } from './scenarios/edge.ts';
import { lambdaCrash, lambdaOutOfMemory, lambdaTimeOut } from './scenarios/function-ends.ts';
import { gatewayThrottled } from './scenarios/gateway-throttled.ts';
import { heavyQueries } from './scenarios/heavy-queries.ts';
import { streamDamaged, threeDaysDown } from './scenarios/losses.ts';
import { producerTimeOut, publishUnanswered, writesUnanswered } from './scenarios/lost-answers.ts';
import { malformedLines } from './scenarios/malformed-lines.ts';
import { onCall } from './scenarios/on-call.ts';
import { poisonRecord } from './scenarios/poison-record.ts';
import { putRecordsThrottled } from './scenarios/put-records-throttled.ts';
import { noDescriptors, realDiskFull, startOnFullDisk } from './scenarios/real-disk.ts';
import { longOutage, redrive } from './scenarios/redrive.ts';
import { resharding } from './scenarios/resharding.ts';
import { dynamoDbThrottled, snsDown } from './scenarios/services-down.ts';
import { shardsThrottle } from './scenarios/shards-throttle.ts';
import { pipelineStandsStill, siteOutage } from './scenarios/silence.ts';
import { backlog, foulWeather } from './scenarios/stream-trouble.ts';
import { frozenSensor, modelsThrottled } from './scenarios/usual.ts';

export const SCENARIOS: readonly Scenario[] = [
  putRecordsThrottled,
  shardsThrottle,
  producerTimeOut,
  duplicatesAndReordering,
  anHourLate,
  clockSkew,
  clockSetBack,
  edge,
  edgeDiskFull,
  gatewayThrottled,
  hotKey,
  resharding,
  backlog,
  poisonRecord,
  malformedLines,
  flappingSensor,
  siteOutage,
  pipelineStandsStill,
  frozenSensor,
  onCall,
  wholeSite,
  storm,
  dynamoDbThrottled,
  modelsThrottled,
  writesUnanswered,
  lambdaCrash,
  lambdaTimeOut,
  lambdaOutOfMemory,
  snsDown,
  longOutage,
  publishUnanswered,
  diskFull,
  realDiskFull,
  startOnFullDisk,
  noDescriptors,
  heavyQueries,
  foulWeather,
  chaos,
  crashOfEverything,
  threeDaysDown,
  streamDamaged,
  redrive,
];
