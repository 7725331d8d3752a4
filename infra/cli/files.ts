/** Reads files named on the command line. */
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { jsonIn } from '../../services/contract/json.ts';
import { describeIssue } from './text.ts';
import { UserError } from './user-error.ts';

/** @throws UserError, a misuse */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw UserError.misuse(`Cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Lines of NDJSON, parsed and checked one by one.
 * @param source names the text in errors
 * @throws UserError, a misuse, which names the line
 */
export function parseNdjson<T>(text: string, source: string, schema: z.core.$ZodType<T>): T[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const refuse = (why: string) => UserError.misuse(`${source} line ${index + 1}: ${why}`);
    const json = jsonIn(line);
    if (json === undefined) throw refuse(`Expected JSON, got "${line.slice(0, 40)}"`);
    const result = z.safeParse(schema, json);
    if (result.success) return [result.data];
    throw refuse(describeIssue(result.error));
  });
}
