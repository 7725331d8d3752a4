/** State holds mails and readings of people: nobody else on the machine may read it. */
export const OWNER_ONLY = { file: 0o600, folder: 0o700 } as const;
