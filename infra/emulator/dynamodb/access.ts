/** The operations of DynamoDB that run here, and what IAM is asked for each. */
import { arnOf } from '../stack/identities.ts';
import { type AccessTable, type Fields, fieldsOf, type Need, on, textOf } from '../wire/access.ts';
import { type AwsRequest, parseJsonBody } from '../wire/aws-request.ts';
import { tableOfInsert } from './partiql-insert.ts';

/** A table may be named by its ARN. */
const tableArn = (name: string) => (name.startsWith('arn:') ? name : arnOf('dynamodb', `table/${name}`));

const onTable = (operation: string) => (request: Fields) =>
  on(`dynamodb:${operation}`, tableArn(textOf(request, 'TableName')));
/** An index is a resource of its own. */
const onTableOrIndex = (operation: string) => (request: Fields) => {
  const index = textOf(request, 'IndexName');
  const table = tableArn(textOf(request, 'TableName'));
  return on(`dynamodb:${operation}`, index === '' ? table : `${table}/index/${index}`);
};
const onEveryTable =
  (operation: string) =>
  ({ RequestItems: items }: Fields): Need[] =>
    Object.keys(typeof items === 'object' && items !== null ? items : {}).flatMap((name) =>
      on(`dynamodb:${operation}`, tableArn(name)),
    );
const onArn = (operation: string) => (request: Fields) =>
  on(`dynamodb:${operation}`, textOf(request, 'ResourceArn'));

/** What inserts; the others are refused when they are run. */
const onEveryStatement = ({ Statements: statements }: Fields): Need[] =>
  (Array.isArray(statements) ? statements : []).flatMap((one: Partial<Fields>) => {
    const table = tableOfInsert(textOf(one ?? {}, 'Statement'));
    return table === undefined ? [] : on('dynamodb:PartiQLInsert', tableArn(table));
  });

/** The statements of a batch, for which IAM is asked. */
export function statementsOf(request: AwsRequest): string[] {
  if (request.operation !== 'BatchExecuteStatement') return [];
  return onEveryStatement(fieldsOf(parseJsonBody(request))).map(({ action }) =>
    action.slice('dynamodb:'.length),
  );
}

export const ACCESS: AccessTable<Fields> = {
  BatchExecuteStatement: onEveryStatement,
  BatchGetItem: onEveryTable('BatchGetItem'),
  BatchWriteItem: onEveryTable('BatchWriteItem'),
  CreateTable: onTable('CreateTable'),
  DeleteItem: onTable('DeleteItem'),
  DeleteTable: onTable('DeleteTable'),
  DescribeTable: onTable('DescribeTable'),
  DescribeTimeToLive: onTable('DescribeTimeToLive'),
  GetItem: onTable('GetItem'),
  ListTables: () => on('dynamodb:ListTables', '*'),
  ListTagsOfResource: onArn('ListTagsOfResource'),
  PutItem: onTable('PutItem'),
  Query: onTableOrIndex('Query'),
  Scan: onTableOrIndex('Scan'),
  TagResource: onArn('TagResource'),
  UntagResource: onArn('UntagResource'),
  UpdateItem: onTable('UpdateItem'),
  UpdateTable: onTable('UpdateTable'),
};
