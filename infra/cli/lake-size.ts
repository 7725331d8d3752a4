/** How much of the lake a span of time is: the files of its days, which a query scans at most. */
import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';

const DAY_MS = 86_400_000;

/**
 * Bytes under `readings/` of the days of a span, as queries read them: from the day before, because a partition is the
 * day of sending.
 * @param sinceMs ms since the epoch
 */
export async function lakeBytes(
  client: S3Client,
  bucket: string,
  sinceMs: number,
  nowMs: number,
): Promise<number> {
  let bytes = 0;
  for (const day of daysOf(sinceMs - DAY_MS, nowMs)) {
    const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: `readings/dt=${day}/` });
    for await (const { Contents = [] } of pages) {
      for (const { Size = 0 } of Contents) bytes += Size;
    }
  }
  return bytes;
}

function daysOf(fromMs: number, toMs: number): string[] {
  const first = Math.floor(fromMs / DAY_MS);
  const last = Math.floor(toMs / DAY_MS);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    new Date((first + i) * DAY_MS).toISOString().slice(0, 10),
  );
}
