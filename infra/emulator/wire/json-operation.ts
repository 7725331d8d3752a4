import type { z } from 'zod';
import { own } from '../base/own.ts';
import { AwsError } from './aws-error.ts';

/** Operation name → answer to a parsed JSON body. */
export type Operations = Record<string, (body: unknown) => Promise<object>>;

/** The request is not of the form that the operation expects. Each service has its own name for this error. */
class InvalidRequest extends Error {}

/** An operation whose request is checked against a schema. */
export function operation<T extends z.ZodType>(
  schema: T,
  answer: (request: z.infer<T>) => object | Promise<object>,
): (body: unknown) => Promise<object> {
  return async (body) => {
    const parsed = schema.safeParse(body ?? {});
    if (parsed.success) return answer(parsed.data);
    const [issue] = parsed.error.issues;
    throw new InvalidRequest(`${issue?.path.join('.') || 'request'}: ${issue?.message}`);
  };
}

export interface JsonApi {
  /** Such as `Athena`. */
  title: string;
  operations: Operations;
  /** The service's own error codes for an invalid request and for an unknown operation. */
  errors: { invalid: string; unknown: string };
}

/** For an operation that a service does not have here. @param code the service's own name of that error */
export function unknownOperation(title: string, known: readonly string[], name: string, code: string) {
  const got = name || 'a call that names no operation';
  return new AwsError(code, `Local ${title} does not do ${got}. It does ${known.toSorted().join(', ')}`);
}

export async function callOperation(api: JsonApi, name: string, body: unknown): Promise<object> {
  const answer = own(api.operations, name);
  if (!answer) throw unknownOperation(api.title, Object.keys(api.operations), name, api.errors.unknown);
  try {
    return await answer(body);
  } catch (error) {
    throw error instanceof InvalidRequest ? new AwsError(api.errors.invalid, error.message) : error;
  }
}

/**
 * A page of a list.
 * @param list what the list is, as all of its pages name it: the operation, and whose list it is
 */
export function page<T>(
  list: string,
  all: T[],
  size: number,
  token: string | undefined,
): { items: T[]; next: string | undefined } {
  const from = parseToken(list, token);
  const to = from + size;
  return { items: all.slice(from, to), next: to < all.length ? makeToken(list, to) : undefined };
}

/** Tokens are offsets, each good for its own list alone. */
export const makeToken = (list: string, offset: number): string =>
  Buffer.from(`${offset}:${list}`).toString('base64url');

/** @throws InvalidRequest for a malformed token, and for that of another list */
export function parseToken(list: string, token: string | undefined): number {
  if (token === undefined) return 0;
  const [, offset, of] = /^(\d+):([\s\S]*)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (offset === undefined) throw new InvalidRequest('Malformed NextToken');
  if (of !== list) throw new InvalidRequest('NextToken comes from another list than this one');
  return Number(offset);
}
