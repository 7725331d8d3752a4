import type { z } from 'zod';
import { issueIn } from '../base/issue.ts';
import { own } from '../base/own.ts';
import { AwsError } from './aws-error.ts';

/** Operation name → answer to a parsed JSON body. */
export type Operations<A extends object = object> = Record<string, (body: unknown) => Promise<A>>;

/** The request is not of the form that the operation expects. Each service has its own name for this error. */
export class InvalidRequest extends Error {}

/** An operation whose request is checked against a schema. */
export function operation<T extends z.ZodType, A extends object = object>(
  schema: T,
  answer: (request: z.infer<T>) => A | Promise<A>,
): (body: unknown) => Promise<A> {
  return async (body) => {
    const parsed = schema.safeParse(body ?? {});
    if (parsed.success) return answer(parsed.data);
    throw new InvalidRequest(issueIn(parsed.error, 'request'));
  };
}

export interface JsonApi<A extends object = object> {
  /** Such as `Athena`. */
  title: string;
  operations: Operations<A>;
  /** The service's own error codes for an invalid request and for an unknown operation. */
  errors: { invalid: string; unknown: string };
}

/** @param code the service's own name of the error for an operation that it does not have. @throws AwsError */
export function findOperation<T>(
  title: string,
  operations: Readonly<Record<string, T>>,
  name: string,
  code: string,
): T {
  const found = own(operations, name);
  if (found !== undefined) return found;
  const got = name || 'a call that names no operation';
  const known = Object.keys(operations).sort().join(', ');
  throw new AwsError(code, `Local ${title} does not do ${got}. It does ${known}`);
}

export async function callOperation<A extends object>(
  { title, operations, errors }: JsonApi<A>,
  name: string,
  body: unknown,
): Promise<A> {
  try {
    return await findOperation(title, operations, name, errors.unknown)(body);
  } catch (error) {
    throw error instanceof InvalidRequest ? new AwsError(errors.invalid, error.message) : error;
  }
}

/**
 * A page of a list.
 * @param list what the list is, as all of its pages name it: the operation, and whose list it is
 * @param code of the error for a token that is not of this list, where the service has one
 */
export function page<T>(
  list: string,
  all: T[],
  size: number,
  token: string | undefined,
  code?: string,
): { items: T[]; next: string | undefined } {
  const from = parseToken(list, token, code);
  const to = from + size;
  return { items: all.slice(from, to), next: to < all.length ? makeToken(list, to) : undefined };
}

/** Tokens are offsets, each good for its own list alone. */
export const makeToken = (list: string, offset: number): string =>
  Buffer.from(`${offset}:${list}`).toString('base64url');

/** @throws InvalidRequest for a malformed token and for that of another list, or an AwsError with the code */
export function parseToken(list: string, token: string | undefined, code?: string): number {
  if (token === undefined) return 0;
  const [, offset, of] = /^(\d+):([\s\S]*)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (of !== list) {
    const why =
      offset === undefined ? 'Malformed NextToken' : 'NextToken comes from another list than this one';
    throw code === undefined ? new InvalidRequest(why) : new AwsError(code, why);
  }
  return Number(offset);
}
