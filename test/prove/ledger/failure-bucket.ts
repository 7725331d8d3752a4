/** What Lambda gave up, and what the detector set aside: the failure bucket's objects, down to the readings in them. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { filesBelow, readingKey } from './lake.ts';

const failureObject = z.object({
  payload: z.string(),
  /** Whom it is about, if not about all in it. */
  setAside: z.array(z.object({ device_id: z.string() })).optional(),
});
const event = z.object({
  Records: z.array(z.object({ kinesis: z.object({ data: z.base64(), sequenceNumber: z.string() }) })),
});

export interface GivenUp {
  records: number;
  readings: Set<string>;
}

/** @param bucket the folder that is the failure bucket */
export function readFailureBucket(bucket: string): GivenUp {
  const sequenceNumbers = new Set<string>();
  const readings = new Set<string>();
  for (const file of filesBelow(bucket).filter(
    (path) => !path.includes('/redriven/') && /\/(aws\/lambda|set-aside)\//.test(path),
  )) {
    const { payload, setAside } = failureObject.parse(JSON.parse(readFileSync(file, 'utf8')));
    for (const { kinesis } of event.parse(JSON.parse(payload)).Records) {
      sequenceNumbers.add(kinesis.sequenceNumber);
      for (const line of Buffer.from(kinesis.data, 'base64').toString().split('\n')) {
        const key = readingKey(line);
        const isAbout = setAside?.some(({ device_id }) => line.includes(`"${device_id}"`)) ?? true;
        if (key !== undefined && isAbout) readings.add(key);
      }
    }
  }
  return { records: sequenceNumbers.size, readings };
}
