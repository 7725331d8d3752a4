/** What Lambda is told to repeat. Pure. */
import type { KinesisStreamBatchResponse, KinesisStreamRecord } from 'aws-lambda';
import type { Decoded } from './decode.ts';

/**
 * Lambda's answer: the first record of the first site that failed, from which all is repeated. Sites that went well
 * are repeated with it, which changes nothing in them. A site that only waits to be told needs but one of its records.
 */
export function firstToRepeat(
  records: readonly KinesisStreamRecord[],
  { sites }: Decoded,
  failedSites: readonly string[],
  waitingSites: readonly string[],
): KinesisStreamBatchResponse {
  const indexes = [
    ...failedSites.map((siteId) => sites.get(siteId)?.firstRecord ?? 0),
    ...waitingSites.map((siteId) => sites.get(siteId)?.records.at(-1) ?? records.length - 1),
  ];
  const first = records[Math.min(...indexes)];
  // An empty list is success, and an identifier that is empty fails the whole batch.
  return { batchItemFailures: first ? [{ itemIdentifier: first.kinesis.sequenceNumber }] : [] };
}
