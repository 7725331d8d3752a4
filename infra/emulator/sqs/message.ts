/** A message of a queue, its size and its digests. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

const attributeSchema = z
  .object({
    DataType: z.string().regex(/^(?:String|Number|Binary)(?:\..+)?$/, 'Expected String, Number or Binary'),
    StringValue: z.string().optional(),
    /** Base64. */
    BinaryValue: z.base64().optional(),
  })
  .refine(
    ({ DataType, StringValue, BinaryValue }) =>
      (DataType.startsWith('Binary') ? BinaryValue : StringValue) !== undefined,
    'Expected a StringValue, or a BinaryValue for the type Binary',
  );
export const attributesSchema = z.record(z.string().regex(/^[\w.-]{1,256}$/), attributeSchema);
export type Attributes = z.infer<typeof attributesSchema>;

export interface Message {
  id: string;
  body: string;
  attributes: Attributes;
  /** When it was sent and first received, in ms since the epoch. */
  sentMs: number;
  firstReceivedMs?: number;
  /** On the monotonic clock: when retention began, and when it can be received. */
  keptFromMs: number;
  visibleFromMs: number;
  receives: number;
}

/** Size of body and attributes, in bytes, which a queue limits. */
export const sizeOf = (body: string, attributes: Attributes): number =>
  Object.entries(attributes)
    .flatMap(([name, { DataType, StringValue = '', BinaryValue = '' }]) => [
      Buffer.byteLength(name + DataType + StringValue),
      Buffer.byteLength(BinaryValue, 'base64'),
    ])
    .reduce((sum, bytes) => sum + bytes, Buffer.byteLength(body));

const md5 = (bytes: string | Uint8Array) => createHash('md5').update(bytes).digest('hex');

/** Digests by which a client checks that a message arrived unchanged. */
export function digests(body: string, attributes: Attributes) {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return { MD5OfMessageBody: md5(body) };
  const parts = names.flatMap((name) => {
    const { DataType, StringValue = '', BinaryValue = '' } = attributes[name] ?? { DataType: '' };
    const binary = DataType.startsWith('Binary');
    const value = Buffer.from(binary ? BinaryValue : StringValue, binary ? 'base64' : 'utf8');
    return [sized(name), sized(DataType), Buffer.from([binary ? 2 : 1]), sized(value)];
  });
  return { MD5OfMessageBody: md5(body), MD5OfMessageAttributes: md5(Buffer.concat(parts)) };
}

/** Length (four bytes), then the bytes. */
function sized(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
