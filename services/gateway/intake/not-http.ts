/** What came to the HTTP port and cannot be read as a request: the usual mistakes, told to who sent it. */

export interface Unread {
  code?: string;
  /** What could not be read, where it is known. */
  rawPacket?: Uint8Array;
}

interface Told {
  status: string;
  error: string;
}

const NONE_STORED = 'Nothing of it is stored.';
const FORM: Told = {
  status: '400 Bad Request',
  error: `Expected a request of HTTP/1.1 with Content-Length or chunks, got another form. ${NONE_STORED}`,
};
const BY_CODE: Readonly<Record<string, Told>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    error: `Expected a whole request within 30 s. ${NONE_STORED} Send fewer readings in a request.`,
  },
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    error: `Expected headers of at most 16 KB. ${NONE_STORED} Leave cookies and the like out.`,
  },
};
/** How other protocols begin. */
const BY_BEGIN: readonly [(begin: string) => boolean, string][] = [
  [
    (begin) => begin.startsWith('\x16\x03'),
    'got TLS: the address begins with http://, or a proxy in front speaks TLS',
  ],
  [(begin) => begin.startsWith('PRI * HTTP/2'), 'got HTTP/2: let the client speak HTTP/1.1'],
  [(begin) => begin.startsWith('\x10') && begin.includes('MQ'), 'got MQTT: its port is that of --mqtt'],
];
const LOOKED_AT = 12;

export function explainUnread({ code = '', rawPacket = new Uint8Array() }: Unread): Told {
  const begin = Buffer.from(rawPacket.subarray(0, LOOKED_AT)).toString('latin1');
  const got = BY_BEGIN.find(([isSo]) => isSo(begin))?.[1];
  if (got !== undefined) return { ...FORM, error: `Expected HTTP/1.1, ${got}.` };
  return BY_CODE[code] ?? FORM;
}

/** A whole answer, which is the last on its connection. */
export function answerToUnread(unread: Unread): string {
  const { status, error } = explainUnread(unread);
  const body = `${JSON.stringify({ error })}\n`;
  return [
    `HTTP/1.1 ${status}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
