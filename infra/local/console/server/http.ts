/** Common to all the console's answers: headers, forms, errors, and limits of what is read of a request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ErrorAnswer, GetAnswers, PostAnswers } from '../page-answers.ts';
import type { Html } from './html.ts';

/** Everything comes from this address, nothing runs inline, no site frames the pages, no form is sent elsewhere. */
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

/** An answer whose body is `Value` as JSON. */
export type JsonAnswer<Value> = Answer & { readonly of?: Value };

export type Route<Given extends Answer = Answer> = (
  url: URL,
  request: IncomingMessage,
) => Given | Promise<Given>;

/** Method → route. */
export type Methods = Record<string, Route>;

/** Path → methods, each of which answers what the page expects there. */
export type PageRoutes = {
  [Path in keyof GetAnswers]?: { GET: Route<JsonAnswer<GetAnswers[Path]>> };
} & {
  [Path in keyof PostAnswers]?: { POST: Route<JsonAnswer<PostAnswers[Path]>> };
};

/** Refuses a request; the message is for the person or program that made it. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The answer to an error that a route has thrown. */
export const describeError = (error: unknown): { status: number; message: string } => ({
  status: error instanceof HttpError ? error.status : 500,
  message: error instanceof Error ? error.message : String(error),
});
export function errorAnswer(error: unknown): Answer {
  const { status, message } = describeError(error);
  return jsonAnswer<ErrorAnswer>({ message }, status);
}

export const htmlAnswer = (document: Html, status = 200): Answer => ({
  status,
  type: 'text/html; charset=utf-8',
  body: document.markup,
});
export const jsonAnswer = <T>(value: T, status = 200): JsonAnswer<T> => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value)}\n`,
});
export const textAnswer = (text: string, status: number): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${text}\n`,
});

/** Sends an answer with the common headers; for HEAD without its body. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, type, body, headers } = answer;
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** @throws HttpError 413 above `maxBytes` */
export async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new HttpError(413, `Expected at most ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * A JSON body. The content type is required, because a foreign page could send others without a preflight.
 * @throws HttpError 400, 413 or 415
 */
export async function readAnyJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\b/i.test(type))
    throw new HttpError(415, `Expected content-type application/json, got "${type}"`);
  const text = await readText(request, maxBytes);
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, 'Expected a JSON body');
  }
}

/** The query of an address that matches the schema. @throws HttpError 400 */
function readSearch<T>(search: URLSearchParams, schema: z.ZodType<T>): T {
  const result = schema.safeParse(Object.fromEntries(search));
  if (!result.success) throw new HttpError(400, z.prettifyError(result.error));
  return result.data;
}

/** A JSON body that matches the schema. @throws HttpError 400, 413 or 415 */
export async function readJson<T>(
  request: IncomingMessage,
  schema: z.ZodType<T>,
  maxBytes: number,
): Promise<T> {
  const result = schema.safeParse(await readAnyJson(request, maxBytes));
  if (!result.success) throw new HttpError(400, z.prettifyError(result.error));
  return result.data;
}

/** A route that answers a query as JSON. */
export const search =
  <Query, T>(schema: z.ZodType<Query>, answer: (query: Query) => T | Promise<T>): Route<JsonAnswer<T>> =>
  async ({ searchParams }) =>
    jsonAnswer(await answer(readSearch(searchParams, schema)));

/** A route that answers a JSON body as JSON. */
export const body =
  <Body, T>(
    schema: z.ZodType<Body>,
    maxBytes: number,
    answer: (body: Body) => T | Promise<T>,
  ): Route<JsonAnswer<T>> =>
  async (_url, request) =>
    jsonAnswer(await answer(await readJson(request, schema, maxBytes)));
