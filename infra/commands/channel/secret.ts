/** Reads what is secret of a channel: never from the command line, which other users of the machine can see. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { ChannelKind } from '../../../services/contract/channel.ts';
import { UserError } from '../../cli/user-error.ts';

export const SECRET_VARIABLE = 'STREAMWATCH_CHANNEL_SECRET';

/** What each kind of channel takes, in this order, one a line. */
export const SECRETS: Record<ChannelKind, { needed: readonly ('url' | 'key')[]; words: string }> = {
  slack: { needed: ['url'], words: 'address of the incoming webhook' },
  teams: { needed: ['url'], words: 'address of the workflow' },
  pagerduty: { needed: ['key'], words: 'integration key (Events API v2)' },
  opsgenie: { needed: ['key'], words: 'API key' },
  webhook: { needed: ['url', 'key'], words: 'address, and the key that signs (may be empty)' },
};

/** Where a secret may come from. */
export interface SecretSource {
  variable: string | undefined;
  isTerminal: boolean;
  /** Everything that is piped in. */
  readAll(): Promise<string>;
  /** Asks a person, without showing what they type. */
  ask(question: string): Promise<string>;
}

/** @throws UserError, a misuse, where nothing came */
export async function readSecret(
  kind: ChannelKind,
  source: SecretSource,
): Promise<{ url?: string; key?: string }> {
  const { needed, words } = SECRETS[kind];
  const lines = await linesOf(needed, words, source);
  const given = Object.fromEntries(needed.map((part, i) => [part, lines[i]?.trim() ?? '']));
  if (given[needed[0] ?? ''] === '') {
    throw UserError.misuse(
      `Expected the ${words}, one a line: typed, piped in, or in ${SECRET_VARIABLE}; got nothing`,
    );
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

async function linesOf(needed: readonly string[], words: string, source: SecretSource): Promise<string[]> {
  if (source.variable !== undefined) return source.variable.split('\n');
  if (!source.isTerminal) return (await source.readAll()).split('\n');
  const lines: string[] = [];
  for (const part of needed) lines.push(await source.ask(`${part} (${words}): `));
  return lines;
}

export const terminalSource = (): SecretSource => ({
  variable: process.env[SECRET_VARIABLE],
  isTerminal: process.stdin.isTTY === true,
  async readAll() {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  },
  async ask(question) {
    process.stderr.write(question);
    // readline edits the line, and what it would show goes nowhere.
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
    try {
      return await lines.question('');
    } finally {
      lines.close();
      process.stderr.write('\n');
    }
  },
});
