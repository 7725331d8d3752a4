import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addStackOptions } from '../../../infra/cli/options.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import { sameStack } from '../../../infra/cli/same-stack.ts';
import { UserError } from '../../../infra/cli/user-error.ts';
import { listen } from '../commands/support/listen.ts';

/** What is said where the command fails with this message. */
async function said(message: string, ...argv: string[]) {
  const { said, io } = listen();
  const command = addStackOptions(new Command('npm run silence --'), 'of the local runtime');
  await runCommandLine(command, argv, io, async () => {
    throw new UserError(message);
  });
  return said.stderr;
}

describe('a command that an error shows', () => {
  it('is about the same stack', async () => {
    const message = 'There is none. List them with: npm run silence -- list';
    expect(await said(message)).toBe(`${message}\n`);
    expect(await said(message, '--local')).toBe(`${message} --local\n`);
    expect(await said(message, '--local', '--dir', 'x', '--env', 'prod')).toBe(
      `${message} --local --dir x --env prod\n`,
    );
    expect(await said(message, '--stack', 'Plant')).toBe(`${message} --stack Plant\n`);
  });

  it('gets the -- of npm where it had no arguments', async () => {
    expect(await said('Listed by: npm run silence', '--local')).toBe(
      'Listed by: npm run silence -- --local\n',
    );
  });

  it('stays as it is where it is of another program', async () => {
    expect(await said('Start it with: npm start', '--local')).toBe('Start it with: npm start\n');
    expect(await said('Deploy: npm run silence-all', '--local')).toBe('Deploy: npm run silence-all\n');
  });
});

it('options are shown as somebody types them, quoted where a shell needs it', () => {
  expect(sameStack({})).toBe('');
  expect(sameStack({ local: true, dir: 'state' })).toBe(' --local --dir state');
  expect(sameStack({ local: true, dir: "Köln #1's" })).toBe(` --local --dir 'Köln #1'\\''s'`);
});
