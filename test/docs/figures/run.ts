/** `npm run figures`: writes the figures of the pages, from the files that measurements wrote and from the bill. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { withParts } from '../../../infra/cli/generated.ts';
import { type Io, runAsProgram, runCommandLine } from '../../../infra/cli/program.ts';
import { synthesizeTemplate } from '../../../infra/cli/synth.ts';
import { parseProveResults } from '../../prove/kept.ts';
import { parseLimits } from '../../prove/kept-limits.ts';
import { SCENARIOS } from '../../prove/scenarios.ts';
import { ROOT } from '../support/page.ts';
import { benchTable, ENGLISH, PORTUGUESE, parseBenchResults } from './bench.ts';
import { costTable, designOf } from './cost.ts';
import { limits } from './limits.ts';
import { lastRun } from './prove.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/**
 * Pages as they are to be.
 * @param template as it would be deployed, with the defaults
 */
export function pagesWithFigures(template: unknown): Record<string, string> {
  const results = parseBenchResults(read('test/bench/results.json'));
  const prove = lastRun(
    parseProveResults(read('test/prove/results.json')),
    SCENARIOS.map(({ name }) => name),
  );
  return {
    'README.md': withParts(read('README.md'), { bench: benchTable(results, ENGLISH) }),
    'docs/README.pt-BR.md': withParts(read('docs/README.pt-BR.md'), {
      bench: benchTable(results, PORTUGUESE),
    }),
    'docs/cost.md': withParts(read('docs/cost.md'), { cost: costTable(designOf(template)) }),
    'docs/guarantees.md': withParts(read('docs/guarantees.md'), {
      prove,
      limits: limits(parseLimits(read('test/prove/limits.json'))),
    }),
  };
}

/** @returns the exit code: 0 done, 1 with --check: something differs, 2 misused */
export function runFigures(argv: string[], io: Io): Promise<number> {
  const command = new Command('npm run figures --')
    .description(
      'Writes the figures of both READMEs, docs/guarantees.md and docs/cost.md from\ntest/bench/results.json, test/prove/*.json and the template.',
    )
    .option('--check', 'write nothing; exit with 1 if a page differs');
  return runCommandLine(command, argv, io, async ({ check }: { check?: true }) => {
    const pages = pagesWithFigures(await synthesizeTemplate({}));
    const different = Object.entries(pages).filter(([path, text]) => read(path) !== text);
    for (const [path, text] of different) {
      io.stdout(`${path} ${check ? 'differs' : 'written'}\n`);
      if (!check) writeFileSync(join(ROOT, path), text);
    }
    return check && different.length > 0 ? 1 : 0;
  });
}

await runAsProgram(import.meta.url, runFigures);
