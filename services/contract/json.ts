/** JSON of others, which may be no JSON, or of another form. */

/** Undefined for a text that is not JSON, which no JSON means. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Schema<T> {
  safeParse(value: unknown): { data?: T | undefined };
}

/** Likewise for JSON of another form. */
export const parseJson = <T>(text: string, schema: Schema<T>): T | undefined =>
  schema.safeParse(jsonIn(text)).data;
