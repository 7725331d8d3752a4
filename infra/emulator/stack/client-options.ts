import { LOCAL_REGION } from './identities.ts';

/**
 * For an SDK client that talks to the emulator. Signatures are not checked, but must be there.
 * @param accessKeyId of who calls; without it, the administrator does
 */
export const clientOptions = (endpoint: string, accessKeyId = 'local') => ({
  endpoint,
  region: LOCAL_REGION,
  credentials: { accessKeyId, secretAccessKey: 'local' },
});
