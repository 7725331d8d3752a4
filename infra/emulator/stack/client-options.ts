import { LOCAL_REGION } from './identities.ts';

/**
 * For an SDK client that talks to the emulator. Signatures are not checked, but must be there.
 * @param accessKeyId of the caller; without it, the administrator calls
 */
export const clientOptions = (endpoint: string, accessKeyId = 'local') => ({
  endpoint,
  region: LOCAL_REGION,
  credentials: { accessKeyId, secretAccessKey: 'local' },
});
