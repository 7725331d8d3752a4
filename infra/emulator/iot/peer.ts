import type { TLSSocket } from 'node:tls';

/** Id of the certificate at the other end: the SHA-256 of its DER, as AWS IoT's ids are. */
export const idOfPeer = (socket: TLSSocket): string =>
  socket.getPeerCertificate().fingerprint256.replaceAll(':', '').toLowerCase();
