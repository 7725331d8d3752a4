import { join } from 'node:path';

/**
 * What Node.js is started with to run a program of this project, in one piece.
 * @param project folder of the checkout
 * @param file from there
 */
export const programAt = (project: string, file: string): string[] => [
  join(project, 'infra/cli/run.mjs'),
  join(project, file),
];
