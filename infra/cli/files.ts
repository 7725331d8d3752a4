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
    throw cannotRead(file, cause as NodeJS.ErrnoException);
  }
}

/** The system's own words would name the file once more. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

export const cannotRead = (file: string, cause: NodeJS.ErrnoException): UserError =>
  UserError.misuse(`Cannot read ${file}: ${REASONS[cause.code ?? ''] ?? cause.message}`, { cause });

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
