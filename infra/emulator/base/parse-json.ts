import type { z } from 'zod';

/** What a JSON text holds; undefined when it is not JSON or of another form. */
export function parseJson<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
