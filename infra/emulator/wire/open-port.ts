/** The gateway's port, or a sentence for the person who asked for one that cannot be had. */
import { SetupError } from '../base/setup-error.ts';
import { type Gateway, type GatewayOptions, startGateway } from './gateway.ts';

/** @throws SetupError for a port that is taken or forbidden */
export async function openPort(port: number, options: Omit<GatewayOptions, 'port'>): Promise<Gateway> {
  try {
    return await startGateway({ ...options, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause;
    const problem = code === 'EACCES' ? 'may not be opened' : 'is in use';
    throw new SetupError(`Port ${port} ${problem}.`, { cause, choose: 'port' });
  }
}
