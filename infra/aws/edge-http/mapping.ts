/** How API Gateway turns a request into a PutRecord, and Kinesis' answer into one for the sender. */
import { type JsonSchema, JsonSchemaType, JsonSchemaVersion } from 'aws-cdk-lib/aws-apigateway';
import { ID_PATTERN, METRIC_FIELDS, METRICS, ROUNDING } from '../../../services/contract/reading.ts';

/** Media types that are taken: one reading, checked against {@link READING_MODEL}; or lines, which are not. */
export const MEDIA = { reading: 'application/json', lines: 'application/x-ndjson' } as const;

/** The site comes from the authorizer; nothing that a sender writes gets into the key. */
const putRecord = (streamName: string, data: string) =>
  `{"StreamName":"${streamName}","Data":"$util.base64Encode(${data})","PartitionKey":"$context.authorizer.site"}`;

export const requestTemplates = (streamName: string): Record<string, string> => ({
  // On one line, however it was written: a line break within a reading would end it.
  [MEDIA.reading]: putRecord(streamName, "$input.json('$')"),
  [MEDIA.lines]: putRecord(streamName, '$input.body'),
});

/** Kinesis answers 400 to a full shard and to a record that is too large: what to do about it differs. */
export const CLIENT_ERROR_TEMPLATE = [
  "#if($input.path('$.__type').toString().contains('ProvisionedThroughputExceeded'))",
  '#set($context.responseOverride.status = 429){"message":"The stream is full. Send it again later."}',
  "#elseif($input.path('$.__type').toString().contains('Validation'))",
  '#set($context.responseOverride.status = 413){"message":"Expected at most 1 MB of readings in a request."}',
  '#else#set($context.responseOverride.status = 503){"message":"The stream does not take it. Send it again later."}#end',
].join('');

export const SERVER_ERROR_TEMPLATE = '{"message":"The stream cannot be reached. Send it again later."}';

const { STRING, INTEGER, NUMBER, NULL, OBJECT } = JsonSchemaType;
const id = { type: STRING, pattern: ID_PATTERN.source };

/** What this cannot say (a time, at least one metric with a value), the pipeline checks, as for everything else. */
export const READING_MODEL: JsonSchema = {
  schema: JsonSchemaVersion.DRAFT4,
  title: 'Reading',
  type: OBJECT,
  required: ['device_id', 'site_id', 'seq', 'timestamp', 'timestamp_sent'],
  properties: {
    ...{ device_id: id, site_id: id, seq: { type: INTEGER, minimum: 0 } },
    timestamp: { type: STRING, minLength: 1, maxLength: 64 },
    timestamp_sent: { type: STRING, pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}$' },
    ...Object.fromEntries(
      METRICS.map((metric) => {
        const { min, max } = METRIC_FIELDS[metric].range;
        return [metric, { type: [NUMBER, NULL], minimum: min - ROUNDING, maximum: max + ROUNDING }];
      }),
    ),
  },
};
