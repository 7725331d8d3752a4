/** `POST /readings` and `GET /status`. 204 means that the readings are on the disk. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { DiskFull } from '../spool/room.ts';
import { AnswersDue } from './answers-due.ts';
import type { Intake } from './intake.ts';
import { answerToUnread, type Unread } from './not-http.ts';
import { readBody } from './request-body.ts';

/** Of one request. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Of all requests together that are not on the disk yet. */
const MAX_OPEN_BYTES = 16 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
/**
 * A connection stays so long without a request. Longer than the minute in which many devices send: one that is closed while
 * a request comes in cuts it off, and few clients send a POST again by themselves.
 */
const IDLE_TIMEOUT_MS = 75_000;
const SHOWN_REFUSALS = 10;

const EMPTY = 'Expected readings, got an empty request. A body needs a Content-Length, or chunks.';

interface Answer {
  status: number;
  body?: object;
  headers?: Record<string, string>;
}

const problem = (status: number, error: string, more: object = {}): Answer => ({
  status,
  body: { error, ...more },
});

const problemOf = (error: Error): Answer =>
  error instanceof DiskFull
    ? problem(507, `${error.message} None of the readings is stored.`)
    : problem(500, `Not stored: ${error.message}`);

export function createHttpServer(intake: Intake, status: () => Promise<object>): Server {
  let openBytes = 0;
  const timeouts = { requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: IDLE_TIMEOUT_MS };
  const due = new AnswersDue();
  const server = createServer(timeouts, (request, response) => {
    due.add(response);
    void answer(request)
      .catch(problemOf)
      .then((result) => write(request, response, result));
  });
  server.on('clientError', (unread: Error & Unread, socket) => {
    // Before the answers that are due, it would be taken for the first of them: "nothing is stored", of what is.
    due.whenAnswered(socket, () => {
      if (socket.writable) socket.end(answerToUnread(unread));
      else socket.destroy();
    });
  });

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { method, url = '' } = request;
    // Some clients send the whole address (RFC 9112, 3.2.2).
    const [path] = url.replace(/^http:\/\/[^/?]*/i, '').split('?');
    if (path === '/status' && (method === 'GET' || method === 'HEAD'))
      return { status: 200, body: await status() };
    if (path !== '/readings') return problem(404, 'There is POST /readings, and GET /status.');
    if (method !== 'POST') return { ...problem(405, 'Send readings with POST.'), headers: { allow: 'POST' } };
    return takeReadings(request);
  }

  async function takeReadings(request: IncomingMessage): Promise<Answer> {
    // A password is what keeps the pages out that somebody's browser shows on this machine: they may POST anywhere.
    if (!intake.asksForPassword && request.headers.origin !== undefined) {
      return problem(403, 'Expected a device, got a web page, which sends no readings without a password.');
    }
    const login = loginOf(request);
    if (!intake.allows(login?.device, login?.password)) {
      const headers = { 'www-authenticate': 'Basic realm="readings"' };
      return {
        ...problem(401, 'Expected the name of the device and its password (curl -u DEVICE:PASSWORD).'),
        headers,
      };
    }
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding.toLowerCase() !== 'identity') {
      return problem(415, `Expected readings that are not compressed, got content-encoding ${encoding}.`);
    }
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > MAX_BODY_BYTES) return tooLarge();
    if (openBytes > MAX_OPEN_BYTES) {
      return {
        ...problem(503, 'Too many requests at the same time. Send it again.'),
        headers: { 'retry-after': '1' },
      };
    }
    let heldBytes = 0;
    try {
      const body = await readBody(request, MAX_BODY_BYTES, (bytes) => {
        heldBytes += bytes;
        openBytes += bytes;
      });
      return body === undefined ? tooLarge() : await store(body, login?.device);
    } finally {
      openBytes -= heldBytes;
    }
  }

  async function store(body: string, device: string | undefined): Promise<Answer> {
    const { stored, refused, full } = await intake.store(intake.check(body, device));
    if (full)
      return problem(507, `The gateway's disk space is used up. None of the ${full} readings is stored.`);
    const [first] = refused;
    if (!first) return stored > 0 ? { status: 204 } : problem(400, EMPTY);
    return problem(400, `Line ${first.line}: ${first.reason}`, {
      stored,
      refused: refused.length,
      lines: refused.slice(0, SHOWN_REFUSALS),
    });
  }

  return server;
}

const tooLarge = () => problem(413, `Expected at most ${MAX_BODY_BYTES} bytes in a request. Send several.`);

function write(request: IncomingMessage, response: ServerResponse, { status, body, headers }: Answer): void {
  // What was not read of a request would be taken for the next one.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { ...headers, ...(body && { 'content-type': 'application/json' }) });
  response.end(body && `${JSON.stringify(body)}\n`);
  if (!request.complete) request.resume();
}

function loginOf({ headers }: IncomingMessage): { device: string; password: string } | undefined {
  const match = /^Basic\s+(\S+)$/i.exec(headers.authorization ?? '');
  if (!match) return undefined;
  const [device = '', ...password] = Buffer.from(match[1] ?? '', 'base64')
    .toString()
    .split(':');
  return { device, password: password.join(':') };
}
