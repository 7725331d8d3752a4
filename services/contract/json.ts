/** JSON from elsewhere, which may not be JSON, or may have another form. */

/** Undefined for a text that is not JSON: no JSON stands for that. */
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
