import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

interface More {
  /** 200 without it. */
  status?: number;
  headers?: OutgoingHttpHeaders;
}

/** A whole answer. */
export function send(
  response: ServerResponse,
  type: string,
  body: string | Uint8Array,
  { status = 200, headers }: More = {},
): void {
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
