/**
 * What goes between the emulator and the process of an execution environment, over two pipes. An event of 6 MB is
 * written and read as it is, without being wrapped into JSON once more.
 *
 * To the process: lengths of head and payload (4 bytes each, little-endian), head as JSON, payload.
 * From the process: kind (1 byte: `l` log, `p` payload of a result, `m` another message), the most memory it has held (KB)
 * and length (4 bytes each), text.
 */
import type { Writable } from 'node:stream';
import type { Failure } from './result.ts';

export interface RequestHead {
  requestId: string;
  timeoutMs: number;
  traceId: string;
  functionArn: string;
}

/** Sent by `bootstrap.mjs`. */
export type Message =
  | { type: 'log'; text: string }
  | { type: 'result'; payload: string; memoryBytes: number }
  | { type: 'ready' }
  | (Failure & { type: 'error' | 'init-error' | 'crash'; trace: string; memoryBytes: number });

const HEADER_BYTES = 9;
const KILOBYTE = 1024;

export function sendRequest(pipe: Writable, head: RequestHead, payload: string | Buffer): void {
  const headBytes = Buffer.from(JSON.stringify(head));
  const payloadBytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(headBytes.length, 0);
  lengths.writeUInt32LE(payloadBytes.length, 4);
  pipe.cork();
  pipe.write(lengths);
  pipe.write(headBytes);
  pipe.write(payloadBytes);
  pipe.uncork();
}

/** Returns what takes the bytes as they come, and calls back with each whole message. */
export function messageReader(onMessage: (message: Message) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let size = 0;
  let needed = HEADER_BYTES;
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    while (size >= needed) {
      const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      const end = HEADER_BYTES + bytes.readUInt32LE(5);
      const isWhole = size >= end;
      if (isWhole) onMessage(messageOf(bytes.subarray(0, end)));
      chunks = [isWhole ? bytes.subarray(end) : bytes];
      size = isWhole ? bytes.length - end : bytes.length;
      needed = isWhole ? HEADER_BYTES : end;
    }
  };
}

function messageOf(frame: Buffer): Message {
  const kind = frame.toString('latin1', 0, 1);
  const memoryBytes = frame.readUInt32LE(1) * KILOBYTE;
  const text = frame.toString('utf8', HEADER_BYTES);
  if (kind === 'l') return { type: 'log', text };
  if (kind === 'p') return { type: 'result', payload: text, memoryBytes };
  return { ...JSON.parse(text), memoryBytes };
}
