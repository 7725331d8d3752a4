/** Programs that tests start, which are made once for all of them: each run of its sources would take a second of the processor. */
import { resolve } from 'node:path';
import { programAt } from '../../infra/cli/run/program-at.ts';

const ROOT = resolve(import.meta.dirname, '../..');
export const PROGRAMS = [
  'simulator/cli/cli.ts',
  'infra/local/session/main.ts',
  'infra/emulator/athena/query-process.ts',
  'test/infra/emulator/athena/iceberg/support/child.ts',
  'test/infra/emulator/athena/support/host.ts',
] as const;

/** What Node.js is started with to run one of them. */
export const program = (name: (typeof PROGRAMS)[number]): string[] => programAt(ROOT, name);
