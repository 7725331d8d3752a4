/** Where mails send their readers. */
import type { Whereabouts } from '../contract/look.ts';
import type { Lake } from './history-query.ts';

export interface Pointers {
  /** Where their queries look. */
  lake: Lake;
  /** Of the stack. */
  whereabouts: Whereabouts;
}

/** How many incidents are open at a site; undefined where nobody has looked. */
export type OpenAt = (siteId: string) => number | undefined;
