import { expect, it } from 'vitest';
import { asUserError } from '../../../infra/local/setup-errors.ts';

it('says once what a disk refuses, however many parts it comes through', async () => {
  const refused = () => Promise.reject(new Error("ENOSPC: no space left on device, open '/state/a'"));
  await expect(asUserError(() => asUserError(refused))).rejects.toThrow(
    /^It cannot run: the disk is full: free some space \(ENOSPC: [^()]*\)\. Nothing is lost\.$/,
  );
});
