/** The rules that go into the detector's bundle, checked before anything is deployed. */
import { readFileSync } from 'node:fs';
import { parseRulesFile, type Rule, RulesError } from '../../services/contract/rule.ts';

/**
 * A rules file that cannot be read would make every invocation fail: better to stop the deployment.
 * @throws RulesError with a line per problem, each with its place in the file
 */
export function checkRules(file: string, name: string): Rule[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RulesError(name, [{ path: [], message: (cause as Error).message }], { cause });
  }
  return parseRulesFile(text, name);
}
