import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../../..');

/** What IAM is asked for in place of an operation: for each statement of such a batch. Ours are all INSERT. */
const ASKED_AS: Record<string, string> = { BatchExecuteStatement: 'PartiQLInsert' };

/**
 * `new QueryCommand(` → `Query`: the action of every call that a folder's sources can make, also in branches that no run
 * takes. @param folder from the top of the project. Sorted, each once, without its service.
 */
export function actionsIn(folder: string): string[] {
  const sources = readdirSync(join(PROJECT, folder)).filter((name) => name.endsWith('.ts'));
  const called = sources.flatMap((name) =>
    [...readFileSync(join(PROJECT, folder, name), 'utf8').matchAll(/new (\w+)Command\(/g)].map(
      ([, operation = '']) => ASKED_AS[operation] ?? operation,
    ),
  );
  return [...new Set(called)].sort();
}
