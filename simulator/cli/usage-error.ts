/** Something that the person at the keyboard can mend; the message is all that they need to see. */
export class UsageError extends Error {}
