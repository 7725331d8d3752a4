/** PutRecords that fails in part: some entries are refused, the others stored, and the answer says which. */
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { AwsError } from '../wire/aws-error.ts';
import type { AwsRequest } from '../wire/aws-request.ts';
import { parseJsonBody } from '../wire/aws-request.ts';
import type { AwsService } from '../wire/gateway.ts';
import { UnsentResponse } from './unsent-response.ts';

const input = z.looseObject({ Records: z.array(z.unknown()).min(1) });
const output = z.looseObject({ FailedRecordCount: z.number(), Records: z.array(z.unknown()) });

/**
 * Refuses the entries for which `isHit` returns true, and passes the others on.
 * @param request in JSON, as Kinesis clients send it
 */
export async function putInPart(
  request: AwsRequest,
  response: ServerResponse,
  next: AwsService,
  refusal: AwsError,
  isHit: () => boolean,
): Promise<void> {
  const parsed = input.safeParse(parseJsonBody(request));
  // The service itself explains best what is wrong with it.
  if (!parsed.success) return next(request, response);
  const refused = parsed.data.Records.map(isHit);
  if (!refused.includes(true)) return next(request, response);

  const Records = parsed.data.Records.filter((_, i) => !refused[i]);
  const stored = { FailedRecordCount: 0, Records: [] as unknown[] };
  if (Records.length > 0) {
    const unsent = new UnsentResponse();
    const body = Buffer.from(JSON.stringify({ ...parsed.data, Records }));
    const headers = { ...request.headers, 'content-length': String(body.length) };
    await next({ ...request, headers, body }, unsent);
    if (unsent.statusCode !== 200) {
      response.writeHead(unsent.statusCode, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(unsent.body);
      return;
    }
    Object.assign(stored, output.parse(JSON.parse(unsent.body)));
  }
  const entries = stored.Records.values();
  const answer = {
    ...stored,
    FailedRecordCount: stored.FailedRecordCount + refused.filter(Boolean).length,
    Records: refused.map((isRefused) =>
      isRefused ? { ErrorCode: refusal.code, ErrorMessage: refusal.message } : entries.next().value,
    ),
  };
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(answer));
}
