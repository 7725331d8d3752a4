/** The contract for other programs: JSON schemas and AsyncAPI. docs/contract holds their committed form. */
import * as z from 'zod/mini';
import { ALERT_COLUMNS, alertSchema } from './alert.ts';
import type { LakeColumn } from './lake-columns.ts';
import { MAX_READINGS_PER_RECORD } from './reading.ts';
import { readingJsonSchema } from './reading-json-schema.ts';
import { REFUSAL_COLUMNS, refusalSchema } from './refusal.ts';

function rowSchema(
  title: string,
  description: string,
  schema: z.ZodMiniType,
  columns: readonly LakeColumn[],
): object {
  const comments = new Map(columns.map(({ name, comment }) => [name, comment]));
  return z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema, path }) => {
      if (path.length === 0) Object.assign(jsonSchema, { title, description });
      const field = path.at(-1);
      if (path.length === 2 && typeof field === 'string') jsonSchema.description = comments.get(field);
    },
  });
}

const alertJsonSchema = () =>
  rowSchema('Alert', 'An incident that opened, worsened or ended.', alertSchema, ALERT_COLUMNS);
const refusalJsonSchema = () =>
  rowSchema(
    'Refusal',
    'Readings of one device that were not evaluated, for one reason, in one batch.',
    refusalSchema,
    REFUSAL_COLUMNS,
  );

const reference = (path: string) => ({ $ref: `#/${path}` });
const channel = (id: string) => reference(`channels/${id}`);
const message = (id: string, name: string) => reference(`channels/${id}/messages/${name}`);

/** What comes in and goes out, and how it is packed. */
const asyncApi = () => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Streamwatch',
    version: '1.0.0',
    description: 'Readings come in on a Kinesis Data Stream; alerts and refusals go out on SNS topics.',
  },
  defaultContentType: 'application/json',
  channels: {
    readings: {
      address: '{StreamName}',
      description: `Kinesis Data Stream. A record holds 1 to ${MAX_READINGS_PER_RECORD} readings of one site as lines of JSON, partition key: site_id.`,
      parameters: { StreamName: { description: 'Output of the stack' } },
      messages: {
        reading: {
          title: 'Reading',
          contentType: 'application/x-ndjson',
          payload: { $ref: './reading.schema.json' },
        },
      },
    },
    alerts: {
      address: '{AlertTopicArn}',
      description: 'SNS topic, for programs: one alert, or a digest of several.',
      parameters: { AlertTopicArn: { description: 'Output of the stack' } },
      messages: {
        alert: {
          title: 'Alert',
          payload: { allOf: [{ $ref: './alert.schema.json' }, { properties: { look: LOOK } }] },
        },
        digest: { title: 'Digest', payload: DIGEST },
      },
    },
    refused: {
      address: '{RefusedTopicArn}',
      description: 'SNS topic. A message holds lines of JSON, one for each device and reason.',
      parameters: { RefusedTopicArn: { description: 'Output of the stack' } },
      messages: {
        refusal: {
          title: 'Refusal',
          contentType: 'application/x-ndjson',
          payload: { $ref: './refusal.schema.json' },
        },
      },
    },
  },
  operations: {
    takeReadings: {
      action: 'receive',
      channel: channel('readings'),
      messages: [message('readings', 'reading')],
    },
    sendAlerts: {
      action: 'send',
      channel: channel('alerts'),
      messages: [message('alerts', 'alert'), message('alerts', 'digest')],
    },
    sendRefusals: {
      action: 'send',
      channel: channel('refused'),
      messages: [message('refused', 'refusal')],
    },
  },
});

/** See look.ts. */
const LOOK = {
  type: 'object',
  description: 'Where somebody looks next. Not in the lake.',
  required: ['command', 'links'],
  properties: {
    command: { type: 'string', description: 'Shows more' },
    links: {
      type: 'object',
      description: 'Addresses of page (only locally), athena and dashboard (only on AWS)',
      additionalProperties: { type: 'string', format: 'uri' },
    },
    workgroup: { type: 'string', description: "Athena's" },
  },
};

const DIGEST = {
  type: 'object',
  required: ['status', 'rule', 'severity', 'count', 'alerts', 'truncated'],
  properties: {
    status: { type: 'string' },
    rule: { type: 'string' },
    severity: { type: 'string', description: 'Of the first alert' },
    count: { type: 'integer', description: 'Alerts in the digest' },
    alerts: { type: 'array', items: { $ref: './alert.schema.json' } },
    truncated: { type: 'integer', description: 'How many of them the list leaves out' },
    look: LOOK,
  },
};

/** By file name. */
export const contractDocuments = (): Record<string, object> => ({
  'reading.schema.json': readingJsonSchema(),
  'alert.schema.json': alertJsonSchema(),
  'refusal.schema.json': refusalJsonSchema(),
  'asyncapi.json': asyncApi(),
});
