/** The rules file of the working copy, which the page may write while nobody else has. */
import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { RULES_FILE, RULES_IN_FORCE } from '../../../cli/rules.ts';
import { writeFileAtomicSync } from '../../../emulator/state/atomic-file.ts';

export interface RulesText {
  text: string;
  /** Of the text: another whenever it is another text. */
  version: string;
}

export interface RulesFile {
  /** As people and git read it. */
  name: string;
  /** @throws Error of the file system */
  read(): RulesText;
  isWritable(): boolean;
  /** @returns the new version; undefined, and nothing written, where the file is not in that version any more */
  write(text: string, version: string): string | undefined;
}

export function createRulesFile(path = RULES_FILE, name = RULES_IN_FORCE): RulesFile {
  const read = () => {
    const text = readFileSync(path, 'utf8');
    return { text, version: versionOf(text) };
  };
  return {
    name,
    read,
    isWritable() {
      try {
        accessSync(path, constants.W_OK);
        accessSync(dirname(realpathSync(path)), constants.W_OK);
        return true;
      } catch {
        return false;
      }
    },
    write(text, version) {
      if (read().version !== version) return undefined;
      replace(path, text);
      return versionOf(text);
    },
  };
}

/** On a full disk, and after a crash, the file is the one it was. A link stays one, and the file's mode its own. */
function replace(path: string, text: string): void {
  const file = realpathSync(path);
  const { mode } = statSync(file);
  writeFileAtomicSync(file, text);
  chmodSync(file, mode);
}

const versionOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Lines that come or go. Finding the shortest way costs the square of them. */
const MAX_EDITS = 2_000;

/** What `git diff` would print, without its own first lines; empty where nothing changes. */
export function diffOf(name: string, before: string, after: string): string {
  if (before === after) return '';
  const [from, to] = [`a/${name}`, `b/${name}`];
  const options = { context: 3, maxEditLength: MAX_EDITS };
  const patch = createTwoFilesPatch(from, to, before, after, undefined, undefined, options);
  return patch === undefined
    ? `--- ${from}\n+++ ${to}\n@@ more than ${MAX_EDITS} lines differ @@\n`
    : patch.slice(patch.indexOf('--- '));
}
