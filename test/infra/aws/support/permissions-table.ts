/** docs/permissions.md: who may do what, drawn from the template itself. */
import type { Resource } from './synth.ts';

/** Why each statement is there, by its `Sid`. A statement that is not in here fails the test. */
const REASONS: Record<string, string> = {
  FindStack: 'The names that the commands need, by the name of the stack',
  AskAthena: 'Queries and saved queries, in the workgroup with the scan limit',
  LookAtCatalog: 'Drivers such as that of Grafana ask what tables there are',
  LookAtTables: 'Columns and locations; Athena also looks at the default database of every account',
  ReadLake: 'Readings, alerts, refusals and the trusted layer; nothing there can be changed',
  KeepResults: 'Athena writes the result of a query with the rights of the one who asks',
  FindFiles: 'Athena looks for the bucket, its files and its unfinished uploads',
  HandleIncidents: 'Lists, closes and silences incidents; deletes an item that cannot be read',
  ForgetUsual: 'npm run reset-model',
  Subscribe: 'npm run subscribe: addresses that get the alerts',
  ChangeSubscriptions: 'Its filters, and ending one',
  ReadLogs: 'What the runbooks look at: no log has a payload',
  FindAlarms: 'npm run page: which alarms are those of the stack',
  SeeRules: 'The rules in force, and how often a model is looked at, as they were deployed',
  SeeAlarms: 'Their state, and what they measure; CloudWatch lists alarms only to those who may list all',
  SeeMetrics: 'What they measured in the last hours; CloudWatch names no resource for metrics',
  WatchReadings: 'Readings as they come, for some minutes, when somebody asks for them',
  FindFailures: 'npm run redrive looks for failed batches',
  TakeFailures: 'It reads them, and moves what was processed after all',
  KeepRedriven: 'To there',
  Redrive: 'It hands them to the detector',
  SendAgain: 'Messages over MQTT that the stream did not take go there',
  EndFailureAlarms: 'Messages about failures are read, and purged when nothing is left to do',
  ListChannels: 'npm run channel: addresses and keys of the channels',
  WriteChannels: 'Adds, replaces and removes one',
  SeeWhoWasTold: 'The page and npm run incidents -- show: what the channels were sent, and their answers',
  TryChannels: 'Sends a test, and alerts that a channel was not told',
  RedriveAlerts: 'Takes those out of their queue',
  SendReadings: 'Attach it to the senders of readings: an edge gateway, the simulator. It cannot read',
  SendFromSite: 'The gateway of a site, with credentials that last 15 minutes; no other call is allowed',
  FindToken: 'One item by its key: whose token it is',
  SendPublished: 'Puts what a site publishes over MQTT into the stream, with the site as key',
  KeepUnsent: 'Messages that the stream did not take are kept there, for a redrive',
  SendForSite: 'Puts what a site has sent into the stream, with the site as key',
  ReadStream: 'Polls the stream: shards, iterators, records',
  RememberIncidents: 'One query per site in the batch; one conditional write per incident that changed',
  RememberModels:
    'Where a rule asks what is usual: once a period, one query and a conditional write per site',
  PublishAlerts:
    'One message per incident that opened, worsened or ended; one per batch with readings that are not evaluated, and one with what a silence keeps from people',
  RememberSites: 'Incidents of whole sites, alerts that wait, and turns to publish',
  LookAtSites: 'How far every site has come, once a minute',
  InvokeWatchdog: 'Once a minute, and nothing else',
  ReadChannels: 'The addresses and keys of the channels, and no other parameter',
  RememberSent: 'What each channel was sent, so that it is sent once',
  KeepUntold: 'Alerts that a channel was not told go there, for a redrive',
  KeepFailedBatches: 'Batches that Lambda gives up go there, with their records',
  SetAside: 'Readings that no retry can help go there, with their records',
  FindFailureBucket: 'Lambda looks for the bucket before it writes',
  WriteTraces: 'X-Ray has no resources to name',
  WriteLogs: 'Its own log group only',
  WriteFiles: 'Files of its own table, and records that could not be converted',
  FindBucket: 'Firehose looks for the bucket and for its unfinished uploads',
  ReadColumns: "The Parquet schema comes from the table's columns",
  RecordAlerts: 'Every alert and every refusal goes into the history: topic → delivery stream',
  StartStatements: 'Starts the statements, in their own workgroup',
  ReportUnstarted: 'A statement that cannot be started is reported there, and an alarm goes off',
  FindDatabase: 'Athena looks for the database of the statement',
  FindDefaultDatabase:
    'Athena looks at the default database of every account, whatever the statement names, and makes it in a new account',
  ReadTables: 'Columns and location of the raw and of the trusted table',
  CommitTrustedTable: 'Creates the table, and points it to its newest snapshot',
  ReadRawFiles: 'The raw readings; it cannot write there',
  KeepTrustedFiles: 'Files of the trusted table; those that no snapshot needs are deleted',
  WriteResults: 'Athena writes a result for every statement',
  FindLake: 'Athena looks for the bucket, its files and its unfinished uploads',
  EventsReportFailures: 'Failures are reported there, and an alarm goes off',
  BudgetsEncrypt: "This account's budgets encrypt what they publish",
  BudgetsPublish: "This account's budgets reach the operations topic",
  AlarmsEncrypt: "This stack's alarms, and no others, encrypt what they publish",
  AlarmsPublish: "This stack's alarms, and no others, reach the operations topic",
};

export interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

export interface Permission {
  /** Who gets it: the role, by its place in the stack, or the service that a resource policy names. */
  who: string;
  statement: Statement;
  actions: string[];
  resources: string[];
}

type Resources = Record<string, Resource>;

const POLICY_TYPES: Record<string, (properties: Resource['Properties']) => { Statement: Statement[] }> = {
  'AWS::IAM::Policy': (p) => p.PolicyDocument,
  'AWS::IAM::ManagedPolicy': (p) => p.PolicyDocument,
  'AWS::SNS::TopicPolicy': (p) => p.PolicyDocument,
  'AWS::S3::BucketPolicy': (p) => p.PolicyDocument,
  'AWS::SQS::QueuePolicy': (p) => p.PolicyDocument,
  'AWS::KMS::Key': (p) => p.KeyPolicy,
};

/** Everything that the template allows anybody or denies anybody. */
export function permissions(resources: Resources): Permission[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const document = POLICY_TYPES[Type]?.(Properties);
    return (document?.Statement ?? []).map((statement) => ({
      who: grantee(id, Properties, statement),
      statement,
      actions: [statement.Action].flat(),
      resources: [statement.Resource].flat().map(render),
    }));
  });
}

export const reasonOf = ({ statement }: Permission): string | undefined =>
  statement.Sid === undefined ? undefined : REASONS[statement.Sid];

/** What this project grants. What CDK and S3 add on their own (TLS only, access logs, key owner) is not in it. */
export const granted = (resources: Resources): Permission[] =>
  permissions(resources).filter(
    (permission) => permission.statement.Effect === 'Allow' && permission.statement.Sid !== undefined,
  );

export function permissionsTable(resources: Resources): string {
  const rows = granted(resources).map((permission) => [
    permission.who,
    permission.actions.map((action) => `\`${action}\``).join('<br>'),
    permission.resources.map((resource) => `\`${resource}\``).join('<br>'),
    conditions(permission.statement),
    reasonOf(permission) ?? '',
  ]);
  const header = ['Who', 'May do', 'On', 'If', 'Why'];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function grantee(id: string, properties: Resource['Properties'], { Principal }: Statement): string {
  const roles = (properties.Roles ?? []) as { Ref: string }[];
  if (roles.length > 0) return roles.map(({ Ref }) => withoutHash(Ref)).join(', ');
  const service = (Principal as { Service?: string } | undefined)?.Service;
  return service ? `${service} (by ${withoutHash(id)})` : withoutHash(id);
}

const conditions = ({ Condition }: Statement) =>
  Object.entries(Condition ?? {})
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, value]) => `\`${key}\` ${operator} \`${render(value)}\``),
    )
    .join('<br>');

/** An intrinsic function, written for a person: `IngestStream.Arn`, `arn:…:${AWS::Region}:…`. */
function render(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': getAtt, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return Ref.startsWith('AWS::') ? `\${${Ref}}` : withoutHash(Ref);
  if (Array.isArray(getAtt)) return `${withoutHash(getAtt[0])}.${getAtt[1]}`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(render).join(join[0] as string);
  throw new Error(`Cannot write ${JSON.stringify(value)} for a person; add it to render()`);
}

/** CDK ends a logical id with eight hexadecimal digits. */
const withoutHash = (id: string) => id.replace(/[0-9A-F]{8}$/, '');
