/** What IAM is asked for each operation of the Parameter Store. */
import { type AccessTable, type Fields, type Need, on, textOf } from '../wire/access.ts';
import { parameterArn } from './parameters.ts';

/** A parameter may be named by its ARN. */
const arnOf = (name: string) => (name.startsWith('arn:') ? name : parameterArn(name));

const onName =
  (operation: string, member = 'Name') =>
  (request: Fields) =>
    on(`ssm:${operation}`, arnOf(textOf(request, member).replace(/(?<=.)\/$/, '')));
const onEveryName =
  (operation: string) =>
  ({ Names: names }: Fields): Need[] =>
    (Array.isArray(names) ? names : []).flatMap((name) => on(`ssm:${operation}`, arnOf(String(name))));

export const ACCESS: AccessTable<Fields> = {
  PutParameter: onName('PutParameter'),
  GetParameter: onName('GetParameter'),
  GetParameters: onEveryName('GetParameters'),
  GetParametersByPath: onName('GetParametersByPath', 'Path'),
  DescribeParameters: () => on('ssm:DescribeParameters', '*'),
  DeleteParameter: onName('DeleteParameter'),
  DeleteParameters: onEveryName('DeleteParameters'),
};
