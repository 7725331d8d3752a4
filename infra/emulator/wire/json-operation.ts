/** An operation of the API: its request checked, its answer computed. */
import type { z } from 'zod';
import { AwsError } from './aws-error.ts';

/** Operation name → answer to a parsed JSON body. */
export type Operations = Record<string, (body: unknown) => Promise<object>>;

/** @throws AwsError InvalidRequestException for a body of another form */
export function operation<T extends z.ZodType>(
  schema: T,
  answer: (request: z.infer<T>) => object | Promise<object>,
): (body: unknown) => Promise<object> {
  return async (body) => {
    const parsed = schema.safeParse(body ?? {});
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new AwsError(
        'InvalidRequestException',
        `${issue?.path.join('.') || 'request'}: ${issue?.message}`,
      );
    }
    return answer(parsed.data);
  };
}

/** A page of a list; tokens are offsets. */
export function page<T>(
  all: T[],
  size: number,
  token: string | undefined,
): { items: T[]; next: string | undefined } {
  const from = parseToken(token);
  const to = from + size;
  return { items: all.slice(from, to), next: to < all.length ? makeToken(to) : undefined };
}

export const makeToken = (offset: number): string => Buffer.from(`offset:${offset}`).toString('base64url');

/** @throws AwsError InvalidRequestException for a token that was not given out */
export function parseToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const offset = /^offset:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (offset === undefined) throw new AwsError('InvalidRequestException', 'Malformed NextToken');
  return Number(offset);
}
