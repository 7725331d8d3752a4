import type { Actor } from '../../../../infra/emulator/iam/service.ts';

/** Somebody whom IAM denies nothing. */
export const ACTOR: Actor = {
  accessKey: 'local',
  check() {},
  get refused() {
    return new AbortController().signal;
  },
};
