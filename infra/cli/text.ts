/** Formats text and numbers for a screen of 80 columns. */
import type { z } from 'zod';

const COLUMNS = 80;

/**
 * Lines of at most `width` characters, broken at spaces; a longer word stays whole. The first line begins with `head`,
 * and the others are indented by its length.
 */
export function wrap(text: string, head = '', width = COLUMNS): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && head.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each, i) => (i === 0 ? head : ' '.repeat(head.length)) + each);
}

/** What moves the cursor of a terminal, or turns the direction of what follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** What somebody else has written, for one line of a terminal. */
export const plain = (text: string): string => text.replace(CONTROLS, '␤');

/** A text cut to a number of characters. */
export const clip = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text;

/** `12,345` */
export const formatNumber = (value: number): string => value.toLocaleString('en-US');

/** `1 batch`, `1,234 batches` */
export const plural = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${formatNumber(count)} ${count === 1 ? noun : nouns}`;

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `176.7 KB`, in steps of 1000 as AWS bills. */
export function formatBytes(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return step === 0 ? `${bytes} B` : `${(bytes / 1000 ** step).toFixed(1)} ${BYTE_UNITS[step]}`;
}

/** `2026-01-31 09:30` of a time in ISO 8601. */
export const minuteOf = (iso: string): string => iso.slice(0, 16).replace('T', ' ');

/** The first problem that a schema found, such as `rules.0.name: Invalid input`; `root` names the whole value. */
export const describeIssue = ({ issues: [issue] }: z.core.$ZodError, root = ''): string =>
  `${issue?.path.join('.') || root}: ${issue?.message}`;
