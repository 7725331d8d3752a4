/** NextTokens: where a list goes on, of which stream, and until when. */
import { z } from 'zod';
import { AwsError } from '../../wire/aws-error.ts';
import { seal, unseal } from '../stream/iterator.ts';
import { LIMITS } from '../stream/limits.ts';
import { invalid } from './refusals.ts';

export function makeToken(content: Readonly<Record<string, unknown>>, nowMs: number): string {
  return seal({ ...content, issuedMs: nowMs });
}

/** One that nobody gave, or for something else. */
export const foreignToken = () => invalid('NextToken is not valid.');

const issued = z.object({ issuedMs: z.number() });

/** @throws AwsError for one that nobody gave, that belongs to another operation, or that has expired */
export function readToken<T>(token: string, schema: z.ZodType<T>, nowMs: number): T {
  const opened = unseal(token);
  const content = schema.safeParse(opened);
  if (!content.success) throw foreignToken();
  const ageMs = nowMs - issued.parse(opened).issuedMs;
  if (ageMs > LIMITS.tokenMs) {
    const text = `NextToken expired. It was given ${ageMs} milliseconds ago, which is more than ${LIMITS.tokenMs}.`;
    throw new AwsError('ExpiredNextTokenException', text);
  }
  return content.data;
}
