/** What IAM is asked before a call takes effect. Each service has a table of it, beside its operations. */

/** Values of condition keys; undefined for a key that the call does not have. */
export type ContextValues = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Need {
  /** Such as `kinesis:PutRecord`. */
  action: string;
  /** ARN, or `*` where the action is about no resource. */
  resource: string;
  context?: ContextValues;
}

/** For each operation, what a request of this form needs. A request that is malformed needs what can be told of it. */
export type AccessTable<Request> = Readonly<Record<string, (request: Request) => readonly Need[]>>;

/** The body of a JSON call, or what its form parameters are: nothing is known of it. */
export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (body: unknown): Fields =>
  typeof body === 'object' && body !== null ? (body as Fields) : {};

/** A member that should be a text; empty where it is not. */
export const textOf = (fields: Fields, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
};

/** One need, about one resource. */
export const on = (action: string, resource: string, context?: ContextValues): readonly Need[] => [
  { action, resource, ...(context && { context }) },
];
