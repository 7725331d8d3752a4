/** Options with which clients of the AWS SDK find a stack: on AWS by the SDK's own defaults, or the local runtime. */
import type { StackOutputs } from './outputs.ts';

/** The local runtime accepts any keys. */
const LOCAL_KEYS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** What a profile or a variable may ask for of AWS: with an endpoint of one's own, the SDK refuses to work. */
const NOTHING_OF_AWS = {
  useFipsEndpoint: false,
  useDualstackEndpoint: false,
  defaultsMode: 'legacy' as const,
};

export interface ClientOptions extends Partial<typeof NOTHING_OF_AWS> {
  region: string;
  endpoint?: string;
  credentials?: typeof LOCAL_KEYS;
}

export const clientOptions = ({
  Region,
  Endpoint,
}: Pick<StackOutputs, 'Region' | 'Endpoint'>): ClientOptions => ({
  region: Region,
  ...(Endpoint !== undefined && { endpoint: Endpoint, credentials: LOCAL_KEYS, ...NOTHING_OF_AWS }),
});
