/** The groups of a regular expression, as its text shows them. */

/** What says nothing of groups: an escaped character, a class. */
const PLAIN = /\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]])*\]/g;
/** `(`, with a mark where it is none of a group that counts (`(?:` and the like, not `(?<name>`); `)`; `|`. */
const SYNTAX = /\((\?(?!P?<[A-Za-z]))?|\)([?*]|\{0*,|\{0+\})?|\|/g;

interface Level {
  around?: Level;
  /** Its quantifier allows none of it. */
  isOptional: boolean;
  hasAlternatives: boolean;
}

/** Of each group that counts, in the order of their numbers. */
function groupsOf(pattern: string): Level[] {
  const groups: Level[] = [];
  let level: Level = { isOptional: false, hasAlternatives: false };
  for (const [sign, uncounted, optional] of pattern.replace(PLAIN, 'x').matchAll(SYNTAX)) {
    if (sign === '|') level.hasAlternatives = true;
    else if (sign.startsWith('(')) {
      level = { around: level, isOptional: false, hasAlternatives: false };
      if (uncounted === undefined) groups.push(level);
    } else {
      level.isOptional = optional !== undefined;
      level = level.around ?? level;
    }
  }
  return groups;
}

export const countGroups = (pattern: string): number => groupsOf(pattern).length;

/** Whether there are matches in which this group finds nothing: an optional one, or one of an alternative. */
export function mayTakeNoPart(pattern: string, group: number): boolean {
  let level = groupsOf(pattern)[group - 1];
  for (; level; level = level.around) {
    if (level.isOptional || level.around?.hasAlternatives) return true;
  }
  return false;
}
