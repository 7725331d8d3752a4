/** Lines of an e-mail that say where to look next. */
import { type Look, linksOf } from '../contract/look.ts';

export const lookLines = (look: Look): string[] =>
  [
    ['Show', look.command],
    ...linksOf(look),
    ...(look.workgroup === undefined ? [] : [['Workgroup', `${look.workgroup}, with saved queries`]]),
  ].map(([label = '', text]) => `${label.padEnd(10)} ${text}`);
