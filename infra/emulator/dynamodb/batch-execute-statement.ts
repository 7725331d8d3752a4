/** BatchExecuteStatement, as far as it inserts: each statement succeeds or fails by itself. */
import { z } from 'zod';
import { AwsError } from '../wire/aws-error.ts';
import type { Dynalite, Outcome } from './dynalite.ts';
import { BadStatement, type Insert, parseInsert } from './partiql-insert.ts';

const MOST_STATEMENTS = 25;

const requestSchema = z.object({
  Statements: z.array(
    z.object({
      Statement: z.string(),
      Parameters: z.array(z.record(z.string(), z.unknown())).default([]),
    }),
  ),
});
const problemSchema = z.object({ __type: z.string(), message: z.string().default('') });

/** Of a statement, by the error that the same write gets as an operation. */
const CODES: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: 'DuplicateItem',
  ItemCollectionSizeLimitExceededException: 'ItemCollectionSizeLimitExceeded',
  ResourceNotFoundException: 'ResourceNotFound',
  ValidationException: 'ValidationError',
};
const DUPLICATE = 'Duplicate primary key exists in table';

interface Answered {
  TableName?: string;
  Error?: { Code: string; Message: string };
}

/** @throws AwsError for a call that is not a batch of statements */
export async function batchExecuteStatement(store: Pick<Dynalite, 'call' | 'partitionKey'>, input: object) {
  const statements = parse(input);
  const Responses = await Promise.all(
    statements.map(async ({ Statement, Parameters }): Promise<Answered> => {
      try {
        return await insert(store, parseInsert(Statement, Parameters));
      } catch (error) {
        if (!(error instanceof BadStatement)) throw error;
        return { Error: { Code: 'ValidationError', Message: error.message } };
      }
    }),
  );
  return { status: 200, body: { Responses } };
}

function parse(input: object): z.infer<typeof requestSchema>['Statements'] {
  const parsed = requestSchema.safeParse(input);
  if (!parsed.success)
    throw new AwsError('SerializationException', 'Expected Statements, each with its text');
  const { Statements } = parsed.data;
  if (Statements.length >= 1 && Statements.length <= MOST_STATEMENTS) return Statements;
  const bound =
    Statements.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${MOST_STATEMENTS}`;
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value at 'statements' failed to satisfy constraint: Member must have length ${bound}`,
  );
}

async function insert(
  { call, partitionKey }: Pick<Dynalite, 'call' | 'partitionKey'>,
  { table, item }: Insert,
): Promise<Answered> {
  const key = await partitionKey(table);
  const Expected = key === undefined ? {} : { [key]: { Exists: false } };
  return answerOf(table, await call('PutItem', { TableName: table, Item: item, Expected }));
}

function answerOf(TableName: string, { status, body }: Outcome): Answered {
  if (status === 200) return { TableName };
  const { __type, message } = problemSchema.parse(body);
  const name = __type.slice(__type.lastIndexOf('#') + 1);
  const Code = CODES[name] ?? 'InternalServerError';
  return { Error: { Code, Message: Code === 'DuplicateItem' ? DUPLICATE : message }, TableName };
}
