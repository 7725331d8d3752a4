/** `npm run page`: the page of a deployed stack, served on this machine with one's own credentials. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { port } from '../../cli/arguments.ts';
import { stopSignal } from '../../cli/interrupt.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import { LOCAL_STATE_DIR, type StackOutputs } from '../../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { shellWord } from '../../cli/shell-word.ts';
import { UserError } from '../../cli/user-error.ts';
import { createRuleDesk, type RuleDesk } from '../console/rules/rule-desk.ts';
import { createConsole } from '../console/server/console.ts';
import { describeError } from '../console/server/http.ts';
import { openLive } from '../console/server/live.ts';
import { ownVersion } from '../own-version.ts';
import { openStackSources } from './stack-sources.ts';

interface Flags extends StackFlags {
  port: number;
}

const PROJECT = resolve(import.meta.dirname, '../../..');
const HOST = '127.0.0.1';
const DEFAULT_PORT = 4580;
const ABOUT = `
What it reads costs what the same commands cost: the state table once in 10 s
while a page is open, Athena for each chart and query. It changes nothing but
what its buttons say.
docs/page.md#of-a-deployed-stack
`;

export function runPage(argv: string[], io: Io, signal: AbortSignal): Promise<number> {
  const command = addStackOptions(
    new Command('npm run page --')
      .usage('[--port N] [--stack NAME]')
      .description('The page of a deployed stack, on this machine, with your own credentials.')
      .option('--port <n>', 'port on 127.0.0.1; 0 picks a free one', port, DEFAULT_PORT)
      .addHelpText('after', ABOUT),
    'of the local runtime instead of AWS, as if it were AWS',
  );
  return runCommandLine(command, argv, io, async ({ port: wanted, ...flags }: Flags) => {
    const outputs = await outputsOf(flags);
    const ruleDesk = createRuleDesk({
      ...{ project: PROJECT, flags: wordsOf(flags), outputs: () => outputs },
      applyWith: deployWords(flags),
    });
    const page = await openStackPage(outputs, flagsOf(flags), wanted, io, ruleDesk);
    io.stderr(`Page        ${page.url}\nCtrl-C ends it.\n`);
    await new Promise<void>((done) => {
      if (signal.aborted) done();
      else signal.addEventListener('abort', () => done(), { once: true });
    });
    page.close();
  });
}

const deployWords = ({ env, stack }: StackFlags): string => {
  const words = wordsOf({ ...(env && { env }), ...(stack && { stack }) });
  return ['npm run deploy', ...(words.length > 0 ? ['--', ...words.map(shellWord)] : [])].join(' ');
};

const wordsOf = ({ local, dir, env, stack }: StackFlags): string[] => [
  ...(local ? ['--local'] : []),
  ...(dir !== undefined && dir !== LOCAL_STATE_DIR ? ['--dir', dir] : []),
  ...(env ? ['--env', env] : []),
  ...(stack ? ['--stack', stack] : []),
];

/** As a person types them. */
const flagsOf = (flags: StackFlags): string => wordsOf(flags).map(shellWord).join(' ');

/** @throws UserError where the port is taken */
export async function openStackPage(
  outputs: StackOutputs,
  flags: string,
  wanted: number,
  io: Pick<Io, 'stderr'>,
  ruleDesk?: RuleDesk,
) {
  const version = ownVersion();
  const { sources, stream, close } = openStackSources({ outputs, version, flags, ruleDesk });
  const live = openLive({
    parts: sources.parts,
    stream,
    onFailure(error) {
      io.stderr(`The page is out of date: ${describeError(error).message}\n`);
      return {};
    },
  });
  const handle = createConsole({ ...sources, live });
  const server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404).end('There is no such page here.\n');
  });
  const url = await listen(server, wanted);
  return {
    url,
    close() {
      live.close();
      server.closeAllConnections();
      server.close();
      close();
    },
  };
}

const listen = (server: Server, wanted: number): Promise<string> =>
  new Promise((done, fail) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      fail(
        new UserError(
          code === 'EADDRINUSE' ? `Port ${wanted} is in use: choose another with --port` : message,
        ),
      ),
    );
    server.listen(wanted, HOST, () => done(`http://${HOST}:${(server.address() as AddressInfo).port}/`));
  });

await runAsProgram(import.meta.url, (argv, io) => runPage(argv, io, stopSignal()));
