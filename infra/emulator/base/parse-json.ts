import { z } from 'zod';

/** The value of a JSON text; undefined when the text is not JSON or of another form. */
export function parseJson<T>(text: string, schema: z.core.$ZodType<T>): T | undefined {
  try {
    return z.safeParse(schema, JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
