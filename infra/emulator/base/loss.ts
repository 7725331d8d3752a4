/** What was accepted and is not there any more: it is said once, with its number, and again in the summary. */
import type { RuntimeEvent } from './events.ts';

/**
 * @param what with its number, such as `3 records of Alerts`
 * @param why a clause that names the file
 * @param advice a sentence
 */
export const lossNotice = (what: string, why: string, advice: string): RuntimeEvent => ({
  type: 'notice',
  level: 'error',
  text: `LOST: ${what}: ${why}. ${advice}`,
  lost: `${what}: ${why}`,
});

export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? noun : plural}`;
