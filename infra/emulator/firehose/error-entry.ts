/**
 * What goes under the error prefix: one JSON line per failed line, with its exact bytes.
 * https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html
 */
import type { SchemaReference } from './properties.ts';

export interface SourceRecord {
  data: Uint8Array;
  /** When the stream (or the delivery stream itself) took it, in ms since the epoch. */
  arrivalMs: number;
  /** Undefined for a record that was put directly. */
  sequenceNumber?: string;
  /** Which line of the record it is, from 0, where the record was split before. */
  number?: number;
}

export interface Failure {
  /** What `!{firehose:error-output-type}` becomes. */
  errorType:
    | 'processing-failed'
    | 'metadata-extraction-failed'
    | 'format-conversion-failed'
    | 'activePartitionExceeded';
  code: string;
  message: string;
}

/** Of the function that transforms lines. */
export const processingFailure = (code: string, message: string): Failure => ({
  errorType: 'processing-failed',
  code,
  message,
});

export const metadataFailure = (message: string): Failure => ({
  errorType: 'metadata-extraction-failed',
  code: 'DynamicPartitioning.MetadataExtractionFailed',
  message,
});

export const parseFailure = (message: string): Failure => ({
  errorType: 'format-conversion-failed',
  code: 'DataFormatConversion.ParseError',
  message: `Encountered malformed JSON. ${message}`,
});

export const schemaFailure = (message: string): Failure => ({
  errorType: 'format-conversion-failed',
  code: 'DataFormatConversion.MalformedData',
  message,
});

export const ACTIVE_PARTITIONS = 500;

/** AWS documents the error type; the code and the message are our own. */
export const PARTITION_LIMIT_FAILURE: Failure = {
  errorType: 'activePartitionExceeded',
  code: 'DynamicPartitioning.ActivePartitionExceeded',
  message: `The delivery stream has ${ACTIVE_PARTITIONS} active partitions already`,
};

export interface ErrorEntry {
  failure: Failure;
  record: SourceRecord;
  /** Bytes of the line, or of the whole record where that could not be split. */
  rawData: Uint8Array;
  /** Which line of the record, from 0. */
  subSequenceNumber: number;
  attemptEndingMs: number;
}

/** One line of an error object. As on AWS, conversion errors have `lastErrorCode`, all others `errorCode`. */
export function formatErrorEntry(entry: ErrorEntry, schema: SchemaReference): string {
  const { failure, record, rawData } = entry;
  const conversion = failure.errorType === 'format-conversion-failed';
  const line = {
    attemptsMade: 1,
    arrivalTimestamp: Math.round(record.arrivalMs),
    [conversion ? 'lastErrorCode' : 'errorCode']: failure.code,
    [conversion ? 'lastErrorMessage' : 'errorMessage']: failure.message,
    attemptEndingTimestamp: Math.round(entry.attemptEndingMs),
    rawData: Buffer.from(rawData.buffer, rawData.byteOffset, rawData.length).toString('base64'),
    // JSON.stringify leaves out what is undefined: a record put directly has no sequence number.
    sequenceNumber: record.sequenceNumber,
    subSequenceNumber: entry.subSequenceNumber,
    dataCatalogTable: conversion ? schema : undefined,
  };
  return `${JSON.stringify(line)}\n`;
}
