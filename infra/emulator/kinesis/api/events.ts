/** Messages of an event stream (`application/vnd.amazon.eventstream`). */
import { crc32 } from 'node:zlib';

/** Type of a header's value: a text with a length of two bytes. */
const TEXT = 7;

/** @param headers all of them texts */
export function eventMessage(
  headers: Readonly<Record<string, string>>,
  payload: string | Uint8Array,
): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerOf(name, value)));
  const body = Buffer.from(payload);
  const message = Buffer.alloc(12 + head.length + body.length + 4);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  head.copy(message, 12);
  body.copy(message, 12 + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, message.length - 4)), message.length - 4);
  return message;
}

function headerOf(name: string, value: string): Buffer {
  const [key, text] = [Buffer.from(name), Buffer.from(value)];
  return Buffer.concat([
    Buffer.of(key.length),
    key,
    Buffer.of(TEXT, text.length >> 8, text.length & 0xff),
    text,
  ]);
}
