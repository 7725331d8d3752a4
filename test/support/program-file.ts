/** Where a program of ours is, in one file, while the tests run. */
import { inject } from 'vitest';
import { type Program, programFile } from './bundle-programs.ts';

/** What Node.js is to be started with instead of `--import tsx` and the program. */
export const bundled = (program: Program): string => programFile(inject('programs'), program);
