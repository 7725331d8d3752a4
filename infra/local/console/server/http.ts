/** What the console's answers have in common: their headers, their forms, and how much it reads of a request. */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Html } from './html.ts';

/** Everything comes from this address, nothing runs inline, nobody frames it, no form leaves it. */
export const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

export interface Answer {
  status: number;
  type: string;
  body: string | Buffer;
  headers?: Record<string, string>;
}

export type Route = (url: URL, request: IncomingMessage) => Answer | Promise<Answer>;
/** Method → route. */
export type Methods = Record<string, Route>;

/** A request that cannot be answered as it is; its message is for the person or program that made it. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const page = (markup: Html, status = 200): Answer => ({
  status,
  type: 'text/html; charset=utf-8',
  body: markup.markup,
});
export const json = (value: unknown, status = 200): Answer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
});
export const plain = (text: string, status: number): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${text}\n`,
});

/** @throws Refusal 413 above `limit` bytes */
export async function readText(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limit) throw new Refusal(413, `Expected at most ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * A JSON body. The content type is asked for because a foreign page could send any other without a preflight.
 * @throws Refusal 400, 413 or 415
 */
export async function readAnyJson(request: IncomingMessage, limit: number): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(type))
    throw new Refusal(415, `Expected content-type application/json, got "${type}"`);
  const text = await readText(request, limit);
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'Expected a JSON body');
  }
}

/**
 * A checked JSON body.
 * @throws Refusal 400, 413 or 415
 */
export async function readJson<T>(request: IncomingMessage, schema: z.ZodType<T>, limit: number): Promise<T> {
  const result = schema.safeParse(await readAnyJson(request, limit));
  if (!result.success) throw new Refusal(400, z.prettifyError(result.error));
  return result.data;
}
