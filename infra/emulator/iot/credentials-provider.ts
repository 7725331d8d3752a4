/**
 * AWS IoT's credentials provider: `GET /role-aliases/ALIAS/credentials` by mutual TLS. It has a port of its own, because
 * the emulator's port speaks no TLS.
 */
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { IssuedCredentials } from '../iam/sessions.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type Listening, listenOnLoopback } from '../wire/loopback.ts';
import { idOfPeer } from './peer.ts';
import type { Registry } from './registry.ts';

const PATH = /^\/role-aliases\/([\w=,@-]+)\/credentials$/;

export interface ProviderOptions {
  /** PEM: of the server, and of the authority for its clients. */
  tls: { key: string; cert: string; ca: string };
  registry: Registry;
  /** 0 for any free one. */
  port: number;
  /** @throws AwsError where the certificate's policies or the alias do not allow it */
  issue: (alias: string, thing: string, certificateId: string) => IssuedCredentials;
}

export async function startCredentialsProvider(options: ProviderOptions): Promise<Listening> {
  // A certificate of another authority, or none, fails in the handshake, as on AWS.
  const server = createServer(
    { ...options.tls, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      const { status, body } = answer(request, options);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    },
  );
  server.on('tlsClientError', () => {});
  return listenOnLoopback(server, options.port);
}

function answer(
  { method, url = '', headers, socket }: IncomingMessage,
  { registry, issue }: ProviderOptions,
) {
  try {
    const [, alias] = PATH.exec(url) ?? [];
    if (method !== 'GET' || alias === undefined) throw new AwsError('NotFound', 'Not Found', 404);
    const id = idOfPeer(socket as TLSSocket);
    const thing = String(headers['x-amzn-iot-thingname'] ?? registry.thingsOf(id)[0] ?? '');
    const isOurs = registry.find(id)?.status === 'ACTIVE' && registry.thingsOf(id).includes(thing);
    if (!isOurs) throw new AwsError('Forbidden', 'Access Denied', 403);
    return { status: 200, body: { credentials: issue(alias, thing, id) } };
  } catch (error) {
    const status = error instanceof AwsError ? error.status : 500;
    return { status, body: { message: (error as Error).message } };
  }
}
