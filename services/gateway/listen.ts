/** Where the gateway listens. */
import type { Server } from 'node:net';
import { UserError } from '../../infra/cli/user-error.ts';

export interface Address {
  host: string;
  port: number;
}

export const isLoopback = ({ host }: Address): boolean => /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host);

export const formatAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** Starts the server; resolves with its real address. */
export async function listen(server: Server, { host, port }: Address, option: string): Promise<Address> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(explain(cause, { host, port }, option)));
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return { host, port: typeof address === 'object' && address !== null ? address.port : port };
}

function explain(cause: NodeJS.ErrnoException, address: Address, option: string): UserError {
  const where = formatAddress(address);
  if (cause.code === 'EADDRINUSE') {
    return new UserError(`${where} is in use by another program. Choose another with ${option}.`, { cause });
  }
  return new UserError(`Cannot listen on ${where} (${cause.code}). Choose another address with ${option}.`, {
    cause,
  });
}
