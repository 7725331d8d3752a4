/** The operations of the Parameter Store, as the SDK and the AWS command line call them. */
import { z } from 'zod';
import { AwsError } from '../wire/aws-error.ts';
import { type Operations, operation, page } from '../wire/json-operation.ts';
import { type Parameter, type Parameters, parameterArn, TYPES } from './parameters.ts';

/** Of the tier Standard. */
const MAX_VALUE_BYTES = 4096;
const MAX_LEVELS = 15;
const NAME = /^\/?[\w.-]+(?:\/[\w.-]+)*$/;
const RESERVED = /^\/?(?:aws|ssm)/i;
/** Stands for the value of a SecureString that is not decrypted. */
const HIDDEN = 'AQICAHh-not-decrypted';

const decryption = z.boolean().default(false);
const paging = { NextToken: z.string().optional() };
const filterSchema = z.object({
  Key: z.enum(['Name', 'Type', 'Path']),
  Option: z.enum(['Equals', 'BeginsWith', 'Contains', 'Recursive', 'OneLevel']).default('Equals'),
  Values: z.array(z.string()).min(1),
});
type Filter = z.infer<typeof filterSchema>;

export function ssmOperations(parameters: Parameters): Operations {
  const find = (name: string): Parameter => {
    const found = parameters.get(name);
    if (found) return found;
    throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
  };

  return {
    PutParameter: operation(
      z.object({
        Name: z.string().max(1011),
        Value: z.string().min(1),
        Type: z.enum(TYPES).optional(),
        Description: z.string().max(1024).optional(),
        Overwrite: z.boolean().default(false),
        Tier: z.literal('Standard', 'Expected the tier Standard: no other one runs here').optional(),
        KeyId: z.string().optional(),
        DataType: z.literal('text', 'Expected the data type text: no other one runs here').optional(),
      }),
      ({ Name, Value, Type, Description, Overwrite }) => {
        checkName(Name);
        const size = Buffer.byteLength(Value);
        if (size > MAX_VALUE_BYTES) {
          throw invalid(
            `Standard tier parameters support a maximum of ${MAX_VALUE_BYTES} characters, got ${size}.`,
          );
        }
        const type = Type ?? parameters.get(Name)?.type;
        if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
        const given = { name: Name, type, value: Value, description: Description };
        return { Version: parameters.put(given, Overwrite).version, Tier: 'Standard' };
      },
    ),
    GetParameter: operation(z.object({ Name: z.string(), WithDecryption: decryption }), (request) => ({
      Parameter: describeValue(find(request.Name), request.WithDecryption),
    })),
    GetParameters: operation(
      z.object({ Names: z.array(z.string()).min(1).max(10), WithDecryption: decryption }),
      ({ Names, WithDecryption }) => ({
        Parameters: Names.flatMap((name) => {
          const found = parameters.get(name);
          return found ? [describeValue(found, WithDecryption)] : [];
        }),
        InvalidParameters: Names.filter((name) => parameters.get(name) === undefined),
      }),
    ),
    GetParametersByPath: operation(
      z.object({
        Path: z.string().startsWith('/', 'Expected a path that begins with /'),
        Recursive: z.boolean().default(false),
        WithDecryption: decryption,
        MaxResults: z.int().min(1).max(10).default(10),
        ...paging,
      }),
      ({ Path, Recursive, WithDecryption, MaxResults, NextToken }) => {
        const found = parameters.all().filter(({ name }) => isUnder(name, Path, Recursive));
        const { items, next } = page(
          `GetParametersByPath ${Path}`,
          found,
          MaxResults,
          NextToken,
          'InvalidNextToken',
        );
        return { Parameters: items.map((one) => describeValue(one, WithDecryption)), NextToken: next };
      },
    ),
    DescribeParameters: operation(
      z.object({
        ParameterFilters: z.array(filterSchema).default([]),
        MaxResults: z.int().min(1).max(50).default(50),
        ...paging,
      }),
      ({ ParameterFilters, MaxResults, NextToken }) => {
        const found = parameters
          .all()
          .filter((one) => ParameterFilters.every((filter) => passes(one, filter)));
        const { items, next } = page('DescribeParameters', found, MaxResults, NextToken, 'InvalidNextToken');
        return { Parameters: items.map(describeWithoutValue), NextToken: next };
      },
    ),
    DeleteParameter: operation(z.object({ Name: z.string() }), ({ Name }) => {
      parameters.delete(find(Name).name);
      return {};
    }),
    DeleteParameters: operation(z.object({ Names: z.array(z.string()).min(1).max(10) }), ({ Names }) => {
      const deleted = Names.filter((name) => parameters.delete(name));
      return {
        DeletedParameters: deleted,
        InvalidParameters: Names.filter((name) => !deleted.includes(name)),
      };
    }),
  };
}

const invalid = (text: string) => new AwsError('ValidationException', text);

function checkName(name: string): void {
  if (!NAME.test(name) || RESERVED.test(name)) {
    throw invalid(
      `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive), and holds letters, digits, . - _ and /; got "${name}"`,
    );
  }
  if (name.includes('/') && !name.startsWith('/'))
    throw invalid('Parameter name must be a fully qualified name.');
  const levels = name.split('/').length - 1;
  if (levels > MAX_LEVELS) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `Expected at most ${MAX_LEVELS} levels, got ${levels}`,
    );
  }
}

function isUnder(name: string, path: string, recursive: boolean): boolean {
  const folder = path.endsWith('/') ? path : `${path}/`;
  return name.startsWith(folder) && (recursive || !name.slice(folder.length).includes('/'));
}

function passes({ name, type }: Parameter, { Key, Option, Values }: Filter): boolean {
  if (Key === 'Path') return Values.some((path) => isUnder(name, path, Option === 'Recursive'));
  const text = Key === 'Name' ? name : type;
  return Values.some((value) =>
    Option === 'BeginsWith'
      ? text.startsWith(value)
      : Option === 'Contains'
        ? text.includes(value)
        : text === value,
  );
}

const describe = ({ name, type, version, modifiedMs }: Parameter) => ({
  ...{ Name: name, Type: type, Version: version, ARN: parameterArn(name), DataType: 'text' },
  LastModifiedDate: modifiedMs / 1000,
});

const describeValue = (parameter: Parameter, decrypted: boolean) => ({
  ...describe(parameter),
  Value: parameter.type === 'SecureString' && !decrypted ? HIDDEN : parameter.value,
});

const describeWithoutValue = (parameter: Parameter) => ({
  ...describe(parameter),
  ...(parameter.description === undefined ? {} : { Description: parameter.description }),
  ...(parameter.type === 'SecureString' ? { KeyId: 'alias/aws/ssm' } : {}),
  Tier: 'Standard',
});
