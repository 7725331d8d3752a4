/** The Lambda function through which Firehose sends readings where the knob `extraFields` is on. */
import { isUtf8 } from 'node:buffer';
import type { FirehoseTransformationEvent, FirehoseTransformationResult } from 'aws-lambda';
import { gatherExtra } from './extra-fields.ts';

/** Every record comes back, in its place and as `Ok`: nothing is ever dropped here. */
export async function handler({
  records,
}: FirehoseTransformationEvent): Promise<FirehoseTransformationResult> {
  return {
    records: records.map(({ recordId, data }) => ({ recordId, result: 'Ok', data: transformed(data) })),
  };
}

/** @param data a line, as base64, with or without its newline */
function transformed(data: string): string {
  const bytes = Buffer.from(data, 'base64');
  // Bytes that are not a text would come back as other bytes: the lake refuses them as they are.
  if (!isUtf8(bytes)) return data;
  const line = bytes.toString();
  const text = gatherExtra(line);
  return text === line ? data : Buffer.from(text).toString('base64');
}
