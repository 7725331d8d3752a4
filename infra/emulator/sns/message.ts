/** A message, checked against SNS' limits and ready for any protocol. */
import { randomUUID } from 'node:crypto';
import type { PublishedMessage } from '../base/events.ts';
import { AwsError } from '../wire/aws-error.ts';
import { items } from '../wire/query-protocol.ts';

/** Message and attributes together, in bytes (not characters). */
export const MAX_MESSAGE_BYTES = 262_144;
const MAX_SUBJECT_CHARACTERS = 100;
export const MAX_BATCH_ENTRIES = 10;

/** AWS' older documentation says ASCII, the newer UTF-8: what passes this stricter check passes on AWS. */
const SUBJECT = /^[\x21-\x7e][\x20-\x7e]*$/;
const ATTRIBUTE_NAME = /^(?!\.)(?!.*\.\.)(?!(?:aws|amazon)\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i;
/** Custom labels may follow a type, as in `Number.float`. */
const ATTRIBUTE_TYPE = /^(String|Number|Binary)(?:\..+)?$/;

export interface MessageAttribute {
  /** `String`, `String.Array`, `Number` or `Binary`, perhaps with a custom label. */
  type: string;
  /** Base64 where the type is `Binary`. */
  value: string;
}

export interface Message extends PublishedMessage {
  id: string;
  subject?: string;
  attributes: Record<string, MessageAttribute>;
  /** ISO 8601, when it was published. */
  timestamp: string;
}

export const bodyFor = (message: Message, protocol: string): string =>
  message.bodies[protocol] ?? message.defaultBody;

const invalid = (what: string) => new AwsError('InvalidParameter', `Invalid parameter: ${what}`);

/**
 * A message from the parameters of Publish, or of one entry of PublishBatch.
 * @throws AwsError InvalidParameter, ParameterValueInvalid
 */
export function parseMessage(params: URLSearchParams, topicArn: string, now: number): Message {
  const body = params.get('Message');
  if (!body) throw invalid('Empty message');
  const subject = params.get('Subject') ?? undefined;
  if (subject !== undefined) checkSubject(subject);
  const attributes = parseAttributes(params);
  const size = messageBytes(body, attributes);
  if (size > MAX_MESSAGE_BYTES) {
    throw invalid(`Message too long: expected at most ${MAX_MESSAGE_BYTES} bytes, got ${size}`);
  }
  return {
    id: randomUUID(),
    topicArn,
    ...(subject === undefined ? {} : { subject }),
    ...parseBodies(body, params.get('MessageStructure')),
    attributes,
    timestamp: new Date(now).toISOString(),
  };
}

/** The size of a message that {@link MAX_MESSAGE_BYTES} limits. */
export function messageBytes(body: string, attributes: Record<string, MessageAttribute>): number {
  let size = Buffer.byteLength(body);
  for (const [name, { type, value }] of Object.entries(attributes)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(type);
    size += type.startsWith('Binary') ? Buffer.from(value, 'base64').length : Buffer.byteLength(value);
  }
  return size;
}

function checkSubject(subject: string): void {
  if (subject.length > MAX_SUBJECT_CHARACTERS) {
    throw invalid(
      `Subject Reason: expected at most ${MAX_SUBJECT_CHARACTERS} characters, got ${subject.length}`,
    );
  }
  if (!SUBJECT.test(subject)) {
    throw invalid(
      'Subject Reason: expected ASCII without line breaks or control characters, no leading space',
    );
  }
}

function parseBodies(body: string, structure: string | null): Pick<Message, 'defaultBody' | 'bodies'> {
  if (structure === null) return { defaultBody: body, bodies: {} };
  if (structure !== 'json') throw invalid(`MessageStructure Reason: expected json, got ${structure}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  // "Non-string values will cause the key to be ignored", says the API reference; that includes `default`.
  const bodies: Record<string, string> = Object.create(null);
  for (const [protocol, text] of Object.entries(parsed)) {
    if (typeof text === 'string') bodies[protocol] = text;
  }
  if (bodies.default === undefined)
    throw invalid('Message Structure - No default entry in JSON message body');
  return { defaultBody: bodies.default, bodies };
}

export function parseAttributes(params: URLSearchParams): Record<string, MessageAttribute> {
  const attributes: Record<string, MessageAttribute> = Object.create(null);
  for (const entry of items(params, 'MessageAttributes', 'entry')) {
    const name = entry.get('Name') ?? '';
    if (!ATTRIBUTE_NAME.test(name)) throw invalidAttribute(name, 'an invalid name');
    if (attributes[name]) throw invalidAttribute(name, 'been given twice');
    attributes[name] = parseAttribute(name, entry);
  }
  return attributes;
}

function parseAttribute(name: string, entry: URLSearchParams): MessageAttribute {
  const type = entry.get('Value.DataType') ?? '';
  const base = ATTRIBUTE_TYPE.exec(type)?.[1];
  if (!base) {
    throw invalidAttribute(
      name,
      `an invalid message attribute type "${type}", the set of supported type prefixes is Binary, Number, and String`,
    );
  }
  const value = entry.get(base === 'Binary' ? 'Value.BinaryValue' : 'Value.StringValue');
  if (!value) throw invalidAttribute(name, `no value for the type ${type}`);
  if (base === 'Number' && !Number.isFinite(Number(value))) {
    throw invalidAttribute(name, `a value that is not a number: ${value}`);
  }
  return { type, value };
}

const invalidAttribute = (name: string, problem: string) =>
  new AwsError('ParameterValueInvalid', `The message attribute '${name}' has ${problem}.`);
