/** E-mail addresses as they are taken everywhere: by a setting, and by `npm run subscribe`. */
import * as z from 'zod/mini';

const schema = z.email();

/** An address without a name, quotes or blanks around it, such as `you@example.com`. */
export const isEmailAddress = (value: unknown): value is string => schema.safeParse(value).success;
