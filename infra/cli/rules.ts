/** Rules from a file, for commands. */
import { fileURLToPath } from 'node:url';
import { parseRulesFile, type Rule, RulesError } from '../../services/contract/rule.ts';
import { readText } from './files.ts';
import { UserError } from './user-error.ts';

/** As people read it. */
export const RULES_IN_FORCE = 'services/detector/rules.json';
/** The same as a path, wherever a program was started. */
export const RULES_FILE = fileURLToPath(new URL(`../../${RULES_IN_FORCE}`, import.meta.url));

/** @throws UserError, a misuse, with the path of each mistake */
export function loadRules(file: string): Rule[] {
  const text = readText(file === RULES_IN_FORCE ? RULES_FILE : file);
  try {
    // Editors of Windows begin a text with a byte order mark.
    return parseRulesFile(text.replace(/^\uFEFF/, ''), file);
  } catch (error) {
    throw error instanceof RulesError ? UserError.misuse(error.message, { cause: error }) : error;
  }
}
