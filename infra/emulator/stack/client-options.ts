import { LOCAL_REGION } from './identities.ts';

/** For an SDK client that talks to the emulator. Signatures are not checked, but must be there. */
export const clientOptions = (endpoint: string) => ({
  endpoint,
  region: LOCAL_REGION,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
