/** Something that the person at the keyboard can mend: its message is all they need to see, without a stack trace. */
export class UserError extends Error {}
