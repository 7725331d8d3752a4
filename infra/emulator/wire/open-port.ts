/** The gateway's port, or a sentence for the person who asked for one that is not to be had. */

import { UserError } from '../../cli/user-error.ts';
import { type Gateway, type GatewayOptions, startGateway } from './gateway.ts';

/** @throws UserError for a port that is taken or forbidden */
export async function openPort(port: number, options: Omit<GatewayOptions, 'port'>): Promise<Gateway> {
  try {
    return await startGateway({ ...options, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause;
    const problem = code === 'EACCES' ? 'may not be opened' : 'is in use';
    throw new UserError(
      `Port ${port} ${problem}. Choose another with --port, or any free one with --port 0.`,
      { cause },
    );
  }
}
