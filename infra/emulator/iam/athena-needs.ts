/** What a statement needs: Athena looks at the catalog and works on the files with the permissions of its caller. */
import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { arnOf, catalogArns } from '../stack/identities.ts';
import type { Looked } from './stack-need.ts';

type Wanted = readonly [actions: readonly string[], resources: readonly string[], document: string];

const DOCS = 'https://docs.aws.amazon.com/athena/latest/ug';
const GLUE = `${DOCS}/fine-grained-access-to-glue-resources.html`;

const request = z.object({
  QueryString: z.string(),
  QueryExecutionContext: z.object({ Database: z.string().default('default') }).prefault({}),
  WorkGroup: z.string().default('primary'),
});
const workGroup = z.object({
  WorkGroupConfiguration: z.object({
    ResultConfiguration: z.object({ OutputLocation: z.string() }),
  }),
});
const table = z.object({
  DatabaseName: z.string(),
  TableInput: z.object({ Name: z.string(), StorageDescriptor: z.object({ Location: z.string() }) }),
});
/** The table that a statement makes or changes. */
const CHANGED = /^\s*(CREATE TABLE IF NOT EXISTS|MERGE INTO|OPTIMIZE|VACUUM)\s+(\w+)/i;

const CHANGES: Record<string, { glue: string[]; s3: string[] }> = {
  'CREATE TABLE IF NOT EXISTS': { glue: ['glue:CreateTable'], s3: ['s3:PutObject'] },
  'MERGE INTO': { glue: ['glue:UpdateTable'], s3: ['s3:PutObject', 's3:GetObject'] },
  OPTIMIZE: { glue: ['glue:UpdateTable'], s3: ['s3:PutObject', 's3:GetObject'] },
  VACUUM: { glue: ['glue:UpdateTable'], s3: ['s3:PutObject', 's3:GetObject', 's3:DeleteObject'] },
};
const PARTS = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
const IN_BUCKET = ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'];

/** @param input of `StartQueryExecution`, with the names of context attributes */
export function athenaNeeds(input: string, stack: Looked): Wanted[] {
  const given = parseJson(input, request);
  if (!given) return [];
  const database = given.QueryExecutionContext.Database;
  return [
    [
      ['athena:StartQueryExecution'],
      [arnOf('athena', `workgroup/${given.WorkGroup}`)],
      `${DOCS}/workgroups-iam-policy.html`,
    ],
    [['glue:GetDatabase'], catalogArns(database), GLUE],
    // "Access policy for the default database and catalog per AWS Region"
    [['glue:GetDatabase', 'glue:GetDatabases', 'glue:CreateDatabase'], catalogArns('default'), GLUE],
    ...ofResults(given.WorkGroup, stack),
    ...ofTables(given.QueryString, database, stack),
  ];
}

function ofResults(name: string, stack: Looked): Wanted[] {
  const group = stack.resources.find(
    ({ type, properties }) => type === 'AWS::Athena::WorkGroup' && properties.Name === name,
  );
  const found = group && workGroup.safeParse(group.properties).data;
  if (!found) return [];
  const folder = arnOfLocation(found.WorkGroupConfiguration.ResultConfiguration.OutputLocation);
  const document = `${DOCS}/security-iam-athena.html`;
  return [
    [IN_BUCKET, [bucketOf(folder)], document],
    [['s3:PutObject', 's3:GetObject', ...PARTS], [`${folder}x`], document],
  ];
}

function ofTables(sql: string, database: string, stack: Looked): Wanted[] {
  const [, kind = '', target = ''] = CHANGED.exec(sql) ?? [];
  const changes = CHANGES[kind.toUpperCase()];
  const document = GLUE;
  const read = stack.resources
    .flatMap(({ type, properties }) => (type === 'AWS::Glue::Table' ? table.parse(properties) : []))
    .filter(({ TableInput: { Name } }) => Name !== target && new RegExp(`\\b${Name}\\b`).test(sql));
  const wanted = read.flatMap(({ DatabaseName, TableInput }): Wanted[] => {
    const files = `${arnOfLocation(TableInput.StorageDescriptor.Location)}x`;
    return [
      [
        ['glue:GetTable', 'glue:GetPartitions', 'glue:GetPartition'],
        catalogArns(DatabaseName, TableInput.Name),
        document,
      ],
      [['s3:GetObject'], [files], `${DOCS}/s3-permissions.html`],
      [IN_BUCKET, [bucketOf(files)], `${DOCS}/s3-permissions.html`],
    ];
  });
  const location = locationOf(target, stack);
  if (!changes || location === undefined) return wanted;
  const files = `${arnOfLocation(location)}x`;
  return [
    ...wanted,
    [
      ['glue:GetTable', ...changes.glue],
      catalogArns(database, target),
      `${DOCS}/querying-iceberg-creating-tables.html`,
    ],
    [[...changes.s3, ...PARTS], [files], `${DOCS}/querying-iceberg-updating-iceberg-table-data.html`],
    [IN_BUCKET, [bucketOf(files)], `${DOCS}/s3-permissions.html`],
  ];
}

/** Where a statement of the template makes this table. */
function locationOf(name: string, { resources }: Looked): string | undefined {
  for (const { properties } of resources) {
    const { Input } = (properties.Target ?? {}) as { Input?: unknown };
    const sql = typeof Input === 'string' ? (parseJson(Input, request)?.QueryString ?? '') : '';
    if (CHANGED.exec(sql)?.[2] !== name) continue;
    const location = /\bLOCATION\s+'(s3:\/\/[^']+)'/.exec(sql)?.[1];
    if (location !== undefined) return location;
  }
  return undefined;
}

const arnOfLocation = (location: string) => `arn:aws:s3:::${location.slice('s3://'.length)}`;
const bucketOf = (arn: string) => arn.split('/')[0] ?? arn;
