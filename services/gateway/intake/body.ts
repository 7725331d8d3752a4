/** What a device sends: readings as newline-delimited JSON, or as one JSON array. */
import { acceptLine, acceptValue, type Source, type Verdict } from './accept.ts';

export interface Checked {
  /** Ready for the spool. */
  lines: string[];
  refused: Refusal[];
}

export interface Refusal {
  /** Counted from 1: the line, or the element of the array. */
  line: number;
  reason: string;
}

/** Without the parser's own words: they quote what was sent, and the state of the gateway shows this to others. */
const NOT_AN_ARRAY =
  'Expected a JSON array, because the text begins with [, got what is not JSON. Send an array, or one reading a line.';

export function checkBody(sent: string, source: Source): Checked {
  // Some programs begin every text with a byte order mark.
  const body = sent.replace(/^\uFEFF/, '');
  return collect(body.trimStart().startsWith('[') ? ofArray(body, source) : ofLines(body, source));
}

function ofArray(body: string, source: Source): Verdict[] {
  let values: unknown;
  try {
    values = JSON.parse(body);
  } catch {
    return [{ reason: NOT_AN_ARRAY }];
  }
  return (values as unknown[]).map((value) => acceptValue(value, source));
}

const ofLines = (body: string, source: Source): (Verdict | undefined)[] =>
  body.split('\n').map((line) => (line.trim() === '' ? undefined : acceptLine(line, source)));

function collect(verdicts: (Verdict | undefined)[]): Checked {
  const checked: Checked = { lines: [], refused: [] };
  verdicts.forEach((verdict, i) => {
    if (verdict === undefined) return;
    if ('line' in verdict) checked.lines.push(verdict.line);
    else checked.refused.push({ line: i + 1, reason: verdict.reason });
  });
  return checked;
}
