/** A look-up by a name from outside: what every object has by birth, such as `constructor`, is not found. */
export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;
