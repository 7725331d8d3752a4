import { expect, it } from 'vitest';
import { asUserError } from '../../../infra/local/setup-errors.ts';

it('says once what a disk refuses, however many parts it comes through', async () => {
  const refused = () => Promise.reject(new Error("ENOSPC: no space left on device, open '/state/a'"));
  await expect(asUserError(() => asUserError(refused))).rejects.toThrow(
    /^It cannot run: the disk is full: free some space \(ENOSPC: [^()]*\)\. Nothing is lost\.$/,
  );
});

it.each(['connect ENETUNREACH 127.0.0.1:4566 - Local (0.0.0.0:0)', 'connect EADDRNOTAVAIL 127.0.0.1:4566'])(
  'says what is wrong where the machine does not reach itself: %s',
  async (message) => {
    await expect(asUserError(() => Promise.reject(new Error(message)))).rejects.toThrow(
      /does not reach itself at 127\.0\.0\.1 \(E[A-Z]+\).*ip link set lo up$/,
    );
  },
);
