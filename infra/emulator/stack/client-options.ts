import { LOCAL_REGION } from './identities.ts';

/**
 * For an SDK client that talks to the emulator. Signatures are not checked, but must be there.
 * @param accessKeyId of the caller; without it, the administrator calls
 */
export const clientOptions = (endpoint: string, accessKeyId = 'local') => ({
  endpoint,
  region: LOCAL_REGION,
  credentials: { accessKeyId, secretAccessKey: 'local' },
  // A profile or a variable may ask for these of AWS. With an endpoint of one's own, the SDK refuses to work.
  ...{ useFipsEndpoint: false, useDualstackEndpoint: false, defaultsMode: 'legacy' as const },
});
