/**
 * What DynamoDB and SNS refuse, from their documentation:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html,
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html and API_PublishBatch.html.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { PublishBatchCommandInput, PublishCommandInput } from '@aws-sdk/client-sns';

const KEY = ['site_id', 'device_rule'];
const MAX_ITEM_BYTES = 400 * 1024;
const MAX_SORT_KEY_BYTES = 1024;
const MAX_DIGITS = 38;
const MAX_DEPTH = 32;
const MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_ENTRIES = 10;

/** An error as the SDK throws it: its name is what counts. */
export function refusal(name: string, message: string): Error {
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata: {} });
}

const invalidItem = (message: string) => refusal('ValidationException', message);
const invalidParameter = (message: string) =>
  refusal('InvalidParameterException', `Invalid parameter: ${message}`);

/** @throws Error as DynamoDB */
export function checkItem(item: Record<string, AttributeValue>): void {
  for (const name of KEY) {
    const { S: text } = item[name] ?? {};
    if (text === undefined) throw invalidItem(`Missing the key ${name} in the item`);
    if (text === '') throw invalidItem(`The AttributeValue for a key attribute cannot be empty: ${name}`);
    if (Buffer.byteLength(text) > MAX_SORT_KEY_BYTES) throw invalidItem(`Size of ${name} is too large`);
  }
  const bytes = Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value, 1),
    0,
  );
  if (bytes > MAX_ITEM_BYTES) throw invalidItem('Item size has exceeded the maximum allowed size');
}

function sizeOf(value: AttributeValue, depth: number): number {
  if (depth > MAX_DEPTH) throw invalidItem('Nesting Levels have exceeded supported limits');
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return sizeOfNumber(value.N);
  if (value.L) return 3 + value.L.reduce((sum, entry) => sum + 1 + sizeOf(entry, depth + 1), 0);
  if (value.M) {
    return Object.entries(value.M).reduce(
      (sum, [name, entry]) => sum + 1 + Buffer.byteLength(name) + sizeOf(entry, depth + 1),
      3,
    );
  }
  throw invalidItem('Supplied AttributeValue is empty or of a type that is not known here');
}

/** 1E-130 to 9.99…E+125, positive or negative, or zero, of at most 38 digits. */
export function sizeOfNumber(text: string): number {
  const match = /^[+-]?(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) throw invalidItem(`The parameter cannot be converted to a numeric value: ${text}`);
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') return 1;
  if (digits.length > MAX_DIGITS) {
    throw invalidItem('Attempting to store more than 38 significant digits in a Number');
  }
  const leading = `${whole}${fraction}`.search(/[1-9]/);
  const magnitude = whole.length - 1 - leading + Number(exponent);
  if (magnitude > 125) {
    throw invalidItem(
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    );
  }
  if (magnitude < -130) {
    throw invalidItem(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  return Math.ceil(digits.length / 2) + 2;
}

/** @throws Error as SNS */
export function checkMessage(input: PublishCommandInput): void {
  checkSubject(input.Subject);
  if (input.Message === undefined || input.Message === '') throw invalidParameter('Empty message');
  if (bytesOf(input) > MAX_MESSAGE_BYTES) throw invalidParameter('Message too long');
  if (input.MessageStructure === 'json') checkStructure(input.Message);
  for (const [name, { DataType, StringValue }] of Object.entries(input.MessageAttributes ?? {})) {
    if (!/^[A-Za-z0-9_.-]{1,256}$/.test(name)) throw invalidParameter(`Message attribute name ${name}`);
    if (StringValue === undefined || StringValue === '') {
      throw refusal(
        'InvalidParameterValueException',
        `The message attribute '${name}' must contain non-empty message attribute value`,
      );
    }
    if (DataType === 'String.Array' && !Array.isArray(JSON.parse(StringValue))) {
      throw invalidParameter(`Message attribute ${name} is not a JSON array`);
    }
  }
}

/** "ASCII text that begins with a letter, number, or punctuation mark; no line breaks; less than 100 characters". */
function checkSubject(subject: string | undefined): void {
  if (subject === undefined) return;
  if (!/^[\x21-\x7e][\x20-\x7e]*$/.test(subject) || subject.length >= 100) throw invalidParameter('Subject');
}

function checkStructure(message: string): void {
  const texts: unknown = JSON.parse(message);
  const isObject = typeof texts === 'object' && texts !== null && !Array.isArray(texts);
  if (!isObject || typeof (texts as Record<string, unknown>).default !== 'string') {
    throw invalidParameter('Message Structure - No default entry in JSON message body');
  }
}

/** The attributes count too. */
function bytesOf({ Message = '', MessageAttributes = {} }: Partial<PublishCommandInput>): number {
  return Object.entries(MessageAttributes).reduce(
    (sum, [name, { DataType = '', StringValue = '' }]) =>
      sum + Buffer.byteLength(name + DataType + StringValue),
    Buffer.byteLength(Message),
  );
}

/** @throws Error as SNS */
export function checkBatch({ PublishBatchRequestEntries: entries = [] }: PublishBatchCommandInput): void {
  if (entries.length === 0) throw refusal('EmptyBatchRequestException', 'The batch request has no entries');
  if (entries.length > MAX_ENTRIES) {
    throw refusal('TooManyEntriesInBatchRequestException', 'The batch request has more than 10 entries');
  }
  if (entries.some(({ Id }) => !/^[A-Za-z0-9_-]{1,80}$/.test(Id ?? ''))) {
    throw refusal('InvalidBatchEntryIdException', 'The Id of a batch entry is invalid');
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw refusal('BatchEntryIdsNotDistinctException', 'Two or more batch entries have the same Id');
  }
  if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > MAX_MESSAGE_BYTES) {
    throw refusal('BatchRequestTooLongException', 'The length of all the messages put together is too large');
  }
}

const MOST_STATEMENTS = 25;
const LONGEST_STATEMENT = 8192;

/** @throws Error as DynamoDB, for a batch as a whole: API_BatchExecuteStatement.html, API_BatchStatementRequest.html */
export function checkStatements(statements: readonly { Statement: string | undefined }[]): void {
  if (statements.length < 1 || statements.length > MOST_STATEMENTS)
    throw invalidItem(`Expected 1 to ${MOST_STATEMENTS} statements, got ${statements.length}`);
  for (const { Statement = '' } of statements)
    if (Statement.length < 1 || Statement.length > LONGEST_STATEMENT)
      throw invalidItem(`Expected a statement of 1 to ${LONGEST_STATEMENT} characters`);
}
