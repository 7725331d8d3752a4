/** The rules file of the working copy, which the page may write while nobody else has. */
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { createTwoFilesPatch } from 'diff';
import { RULES_FILE, RULES_IN_FORCE } from '../../../cli/rules.ts';

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
        return true;
      } catch {
        return false;
      }
    },
    write(text, version) {
      if (read().version !== version) return undefined;
      writeFileSync(path, text);
      return versionOf(text);
    },
  };
}

const versionOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** What `git diff` would print, without its own first lines; empty where nothing changes. */
export function diffOf(name: string, before: string, after: string): string {
  if (before === after) return '';
  const patch = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, {
    context: 3,
  });
  return patch.slice(patch.indexOf('--- '));
}
