import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Message, messageReader, sendRequest } from '../../../../infra/emulator/lambda/frames.ts';

/** As `bootstrap.mjs` writes it. */
function frame(kind: string, kilobytes: number, text: string): Buffer {
  const body = Buffer.from(text);
  const header = Buffer.alloc(9);
  header.write(kind, 0, 'latin1');
  header.writeUInt32LE(kilobytes, 1);
  header.writeUInt32LE(body.length, 5);
  return Buffer.concat([header, body]);
}

it('every message is read once and in order, however the bytes arrive', () => {
  const message = fc.record({ text: fc.constantFrom('', 'a', 'ä\n', '😀 \u0000'), kilobytes: fc.nat() });
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 40 })),
      (sent, sizes) => {
        const bytes = Buffer.concat(sent.map(({ text, kilobytes }) => frame('p', kilobytes, text)));
        const got: Message[] = [];
        const read = messageReader((one) => got.push(one));
        for (let at = 0, i = 0; at < bytes.length; i += 1) {
          const size = sizes[i % sizes.length] ?? bytes.length;
          read(bytes.subarray(at, at + size));
          at += size;
        }
        expect(got).toEqual(
          sent.map(({ text, kilobytes }) => ({
            ...{ type: 'result', memoryBytes: kilobytes * 1024 },
            payload: Buffer.from(text).toString(),
          })),
        );
      },
    ),
  );
});

it('a log line, and a message of another kind', () => {
  const got: Message[] = [];
  const read = messageReader((one) => got.push(one));
  const failure = { type: 'error', errorType: 'TypeError', errorMessage: 'ä', trace: '' };
  read(Buffer.concat([frame('l', 0, 'line\n'), frame('m', 2, JSON.stringify(failure))]));
  expect(got).toEqual([
    { type: 'log', text: 'line\n' },
    { ...failure, memoryBytes: 2048 },
  ]);
});

it('a request is its lengths, its head and the event as it is', () => {
  const pipe = new PassThrough();
  const head = { requestId: 'r', timeoutMs: 3000, traceId: 't', functionArn: 'arn' };
  sendRequest(pipe, head, '{"a":"ä"}');
  const sent: Buffer = pipe.read();
  const headBytes = sent.readUInt32LE(0);
  expect(JSON.parse(sent.toString('utf8', 8, 8 + headBytes))).toEqual(head);
  expect(sent.readUInt32LE(4)).toBe(10);
  expect(sent.toString('utf8', 8 + headBytes)).toBe('{"a":"ä"}');
});
