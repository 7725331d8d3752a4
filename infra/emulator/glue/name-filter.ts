import { InvalidRequest } from '../wire/json-operation.ts';

/** By a regular expression for the whole name; every name fits an empty one. @throws InvalidRequest */
export function nameFilter(expression: string): (name: string) => boolean {
  if (expression === '') return () => true;
  try {
    const whole = new RegExp(`^(?:${expression})$`);
    return (name) => whole.test(name);
  } catch {
    throw new InvalidRequest(`Expression is not a regular expression: ${expression}`);
  }
}
