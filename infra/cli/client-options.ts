/** How the clients of the AWS SDK find a stack: on AWS as the SDK itself would, or at the local runtime. */
import type { StackOutputs } from './outputs.ts';

/** The local runtime takes any keys. */
const LOCAL_KEYS = { accessKeyId: 'local', secretAccessKey: 'local' };

export interface ClientOptions {
  region: string;
  endpoint?: string;
  credentials?: typeof LOCAL_KEYS;
}

export const clientOptions = ({ Region, Endpoint }: StackOutputs): ClientOptions => ({
  region: Region,
  ...(Endpoint !== undefined && { endpoint: Endpoint, credentials: LOCAL_KEYS }),
});
